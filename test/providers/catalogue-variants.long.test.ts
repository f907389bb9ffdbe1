/** Wrong proofs of each shipped provider's sender are refused, and harmless variations are accepted. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Catalogue } from "../../src/catalogue/catalogue.ts";
import { judgeVariant } from "../../src/catalogue/judge-sample.ts";
import { groupsOf } from "../../src/catalogue/variants.ts";
import { openShipped, PROVIDERS, SAMPLES } from "./catalogue/open.ts";

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await openShipped();
});
afterAll(() => catalogue[Symbol.asyncDispose]());

describe.each(PROVIDERS)("%s", (name) => {
  const groups = groupsOf(SAMPLES.filter(({ provider }) => provider === name));

  test.each(groups)(
    "each variant of $sample.name is accepted or refused as expected: $group",
    async ({ sample, variants }) => {
      const made = variants();
      expect(made.length).toBeGreaterThan(0);
      for (const variant of made) {
        expect(await judgeVariant(catalogue, sample, variant)).toEqual([]);
      }
    },
  );
});
