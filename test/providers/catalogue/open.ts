/** The shipped providers and their samples, for the test suites of the catalogue. */
import { readdirSync } from "node:fs";
import { type Catalogue, openCatalogue } from "../../../src/catalogue/catalogue.ts";
import { readSamples, type Sample } from "../../../src/catalogue/sample.ts";
import { createLogger } from "../../../src/logger.ts";

export const PROVIDERS: readonly string[] = readdirSync("providers").filter(
  (name) => !/^[._]|\./.test(name),
);

export const SAMPLES: readonly Sample[] = (
  await Promise.all(PROVIDERS.map((name) => readSamples("providers", name)))
).flat();

export const openShipped = (): Promise<Catalogue> =>
  openCatalogue({ providersDir: "providers", functionsDir: "functions" }, createLogger("silent"));
