/** A short text that the type stripper parses in exponential time is given up, and main is not blocked. */
import { inOneAnother, testSlowSources } from "./slow-source.ts";

testSlowSources([["generic arrow functions", inOneAnother("<T>(", "1", ")")]]);
