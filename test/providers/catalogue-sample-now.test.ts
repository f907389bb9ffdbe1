/** `hookyard send` signs the samples of every provider with the current time and a given secret. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Catalogue, openCatalogue } from "../../src/catalogue/catalogue.ts";
import { readSamples, type Sample } from "../../src/catalogue/sample.ts";
import { sampleNow } from "../../src/catalogue/sample-now.ts";
import { createLogger } from "../../src/logger.ts";

const folders = { providersDir: "providers", functionsDir: "functions" };
const publicUrl = "https://hooks.example.org";

const names = readdirSync("providers", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith("_"))
  .map(({ name }) => name);
const all = (await Promise.all(names.map((name) => readSamples("providers", name)))).flat();
const signed = all.filter(
  ({ expect: expected, proof }) => expected.verified === true && proof?.signing !== undefined,
);

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await openCatalogue(folders, createLogger("silent"));
});
afterAll(() => catalogue[Symbol.asyncDispose]());

const ready = (sample: Sample, secret?: string) =>
  sampleNow(sample, { secret, now: Date.now(), publicUrl });

const judge = ({ provider }: Sample, { request, properties }: ReturnType<typeof ready>) =>
  catalogue.judge(request, [provider], { [provider]: properties });

test.each(signed.map((sample) => [sample.name, sample] as const))(
  "%s is verified now, and again as another delivery",
  async (_, sample) => {
    const [first, second] = [ready(sample), ready(sample)];
    const verdict = await judge(sample, first);
    expect(verdict).toMatchObject({ provider: sample.provider, verified: true });
    const again = await judge(sample, second);
    expect(again.verified).toBe(true);
    // Some delivery ids are derived from the body, so the same body is the same delivery.
    const { deliveryId = "-" } = sample.expect;
    if (/\d.{5}/.test(deliveryId) && JSON.stringify(sample.request).includes(deliveryId))
      expect(again.deliveryId).not.toBe(verdict.deliveryId);
  },
);

test.each(["github/push", "slack/event", "gitlab/push-token", "azure-devops/push-basic"])(
  "%s verifies with another secret",
  async (name) => {
    const sample = all.find((one) => one.name === name);
    if (sample === undefined) throw new Error(`there is no sample ${name}`);
    const secret = "a secret of one's own";
    const sent = ready(sample, secret);
    expect(await judge(sample, sent)).toMatchObject({ verified: true });
    expect(await judge(sample, { ...sent, properties: sample.properties })).toMatchObject({
      verified: false,
    });
  },
);
