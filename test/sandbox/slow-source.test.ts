/** A short text that the stripper of types reads again and again is given up, and main does other things meanwhile. */
import { inOneAnother, testSlowSources } from "./slow-source.ts";

testSlowSources([["generic arrow functions", inOneAnother("<T>(", "1", ")")]]);
