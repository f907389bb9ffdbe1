/**
 * Compares with independent libraries: each side verifies the other's signatures, and both refuse the same requests.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAbout } from "../../src/catalogue/about.ts";
import type { Catalogue } from "../../src/catalogue/catalogue.ts";
import { resign } from "../../src/catalogue/resign.ts";
import type { PropertyValues, Sample, SampleRequest } from "../../src/catalogue/sample.ts";
import { COUNTERPARTS, type Sent } from "./catalogue/counterparts.ts";
import { openShipped, PROVIDERS, SAMPLES } from "./catalogue/open.ts";

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await openShipped();
});
afterAll(() => catalogue[Symbol.asyncDispose]());

/** The sample as if it were sent now, because libraries check the current time. */
function now(sample: Sample): Sample {
  const receivedAt = Date.now();
  const { proof, request } = sample;
  const seconds = `${Math.floor(receivedAt / 1000)}`;
  const headers = request.headers.map(
    ([name, value]) => [name, name === proof?.timestamp ? seconds : value] as const,
  );
  const body = request.body.toString().replace(/("webhookTimestamp":)\d+/, `$1${receivedAt}`);
  return { ...sample, request: { ...request, headers, body, receivedAt } };
}

const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === "a" ? "b" : "a") + text.slice(at + 1);

/** Changes to a signed request that every library must detect. */
function changedRequests(
  { request, secret }: Sent,
  header: string,
): Readonly<Record<string, Sent>> {
  const body = request.body.toString();
  const withBody = (text: string) => ({ request: { ...request, body: text }, secret });
  const value = request.headers.find(([name]) => name === header)?.[1] ?? "";
  const withValue = (text: string): Sent => ({
    secret,
    request: {
      ...request,
      headers: request.headers.map(([name, own]) => [name, name === header ? text : own]),
    },
  });
  return {
    "another letter in the body": withBody(flip(body, body.length >> 1)),
    "a longer body": withBody(`${body}x`),
    "another signature": withValue(flip(value, value.length - 6)),
    "no signature": withValue(""),
  };
}

describe.each(COUNTERPARTS)("$package, $sample", (counterpart) => {
  const found = SAMPLES.find(({ name }) => name === counterpart.sample);
  if (found?.proof?.header === undefined) throw new Error(`no proof in ${counterpart.sample}`);
  const sample = now(found);
  const { header, secret: property } = found.proof;
  const { sign, verify } = counterpart;
  const others = sample.request.headers.filter(([name]) => name !== header);

  const here = async (request: SampleRequest, properties: PropertyValues) => {
    const verdict = await catalogue.judge(request, [sample.provider], {
      [sample.provider]: properties,
    });
    expect(verdict.errors).toEqual([]);
    return verdict.provider === sample.provider && verdict.verified === true;
  };
  const signedHere = () => {
    const { request, properties } = resign(sample, Buffer.from(sample.request.body));
    return { request, properties, secret: String(properties[property]) };
  };

  if (sign !== undefined) {
    test("a request signed by the library is verified here, and refused once changed", async () => {
      const { request, properties } = sample;
      const secret = String(properties[property]);
      const made = await sign({ request, secret });
      const signed = { ...request, headers: [...others, ...Object.entries(made)] };
      expect(await here(signed, properties)).toBe(true);
      for (const [what, one] of Object.entries(
        changedRequests({ request: signed, secret }, header),
      )) {
        expect({ what, ok: await here(one.request, properties) }).toEqual({ what, ok: false });
      }
    });
  }

  if (verify !== undefined) {
    test("the library verifies a request signed here, and both refuse the same changes", async () => {
      const { request, properties, secret } = signedHere();
      expect(await verify({ request, secret })).toBe(true);
      expect(await here(request, properties)).toBe(true);
      for (const [what, one] of Object.entries(changedRequests({ request, secret }, header))) {
        const verdict = { there: await verify(one), here: await here(one.request, properties) };
        expect({ what, ...verdict }).toEqual({ what, there: false, here: false });
      }
    });
  }

  test("the page of the provider names the library", async () => {
    const about = await readAbout("providers", sample.provider);
    const names = about?.evidence.flatMap((one) => ("package" in one ? [one.package] : []));
    expect(names).toContain(counterpart.package);
  });
});

test.each(PROVIDERS)("the evidence that %s claims exists", async (name) => {
  const { evidence = [] } = (await readAbout("providers", name)) ?? {};
  expect(evidence.length).toBeGreaterThan(0);
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  for (const one of evidence) {
    if ("samples" in one) {
      for (const sample of one.samples) {
        const vector = SAMPLES.find((known) => known.name === `${name}/${sample}`);
        expect(vector?.expect, sample).toMatchObject({ matched: true, verified: true });
      }
    } else if (one.level === "independent implementation") {
      expect(devDependencies[one.package]).toMatch(/^\d+\.\d+\.\d+$/);
      const own = SAMPLES.filter(({ provider }) => provider === name);
      const isUsed = COUNTERPARTS.some(
        (counterpart) =>
          counterpart.package === one.package && counterpart.sample.startsWith(`${name}/`),
      );
      // Some samples were signed once with a private key that was then deleted.
      const isSample = own.some(({ description }) => description.includes(`by ${one.package}`));
      expect(isUsed || isSample).toBe(true);
    }
  }
});
