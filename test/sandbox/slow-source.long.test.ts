/** `slow-source.test.ts` with other texts. */
import { inOneAnother, testSlowSources } from "./slow-source.ts";

testSlowSources([
  ["asynchronous generic calls", inOneAnother("async<T>(a=", "1", ")")],
  ["arrow functions as the last of three", inOneAnother("a?(b):c=>", "d", "")],
]);
