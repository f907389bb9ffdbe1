/** The suite every shipped provider passes: its samples, everybody else's, and every way in which a proof can be wrong. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Decided,
  files,
  type Installed,
  install,
  type Properties,
  type Request,
} from "./catalogue/installed.ts";
import { PROOFS } from "./catalogue/proofs.ts";
import { type Sample, sampleNamed, samples } from "./catalogue/samples.ts";

let installed: Installed;
beforeAll(async () => {
  installed = await install();
});
afterAll(() => installed[Symbol.asyncDispose]());

const active = files.filter((file) => file.active).map(({ name }) => name);

const askOwn = (
  { provider, request, properties }: Sample,
  changes: Partial<Request> = {},
  changed: Properties = {},
): Promise<Decided> =>
  installed.ask({ ...request, ...changes }, [provider], {
    [provider]: { ...properties, ...changed },
  });

test.each(samples)("$name is judged as it says there", async (sample) => {
  const { matched, verified, eventType, deliveryId, reason, handshake } = sample.expect;
  const said = await askOwn(sample);
  expect(said.errors).toEqual([]);
  expect(said.provider).toBe(matched ? sample.provider : undefined);
  expect(said.handshake === undefined).toBe(handshake === undefined);
  if (handshake !== undefined) expect(said.handshake).toMatchObject(handshake);
  if (!matched || verified === undefined) return;
  expect(said).toMatchObject({ verdict: { ok: verified, ...(reason && { reason }) } });
  expect(said.eventType).toBe(eventType);
  expect(said.deliveryId).toBe(deliveryId);
});

describe("all of them installed in their order", () => {
  test.each(samples)(
    "let $name be claimed by its own provider or by nobody's rival",
    async (sample) => {
      const names = [...new Set([...active, sample.provider])];
      // Few are told by their properties; for the others one set of scripts serves, which is loaded once.
      const isTold = !active.includes(sample.provider) || sample.properties["header"] !== undefined;
      const properties = isTold ? { [sample.provider]: sample.properties } : {};
      const { provider, errors } = await installed.ask(sample.request, names, properties);
      expect(errors).toEqual([]);
      if (sample.expect.matched) expect(provider).toBe(sample.provider);
      else expect(provider).not.toBe(sample.provider);
    },
  );

  // Order is the second line of defence: no script may need it to leave other senders' messages alone.
  test.each(samples.filter(({ expect: { matched } }) => matched))(
    "let nobody else claim $name",
    async (sample) => {
      const others = active.filter((name) => name !== sample.provider);
      const { provider, errors } = await installed.ask(sample.request, others, {});
      expect({ provider, errors }).toEqual({ provider: undefined, errors: [] });
    },
  );

  test.each([
    ["nothing", "", []],
    ["JSON", '{"hello":"world"}', [["Content-Type", "application/json"]]],
    ["a list", "[1,null]", [["Content-Type", "application/json"]]],
    ["null", "null", [["Content-Type", "application/json"]]],
    ["a form", "payload=%7B%7D&a=b", [["Content-Type", "application/x-www-form-urlencoded"]]],
    ["text", "hello", [["Content-Type", "text/plain"]]],
    ["noise", Buffer.from([0xff, 0xfe, 0x00]), []],
  ] as const)("let nobody claim %s", async (_name, body, headers) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const request = { method, uri: "x", headers, body, receivedAt: 1_700_000_000_000 };
      const { provider, errors } = await installed.ask(request, active, {});
      expect({ provider, errors }).toEqual({ provider: undefined, errors: [] });
    }
  });
});

test.each(files)("$name has samples that verify and that do not, and a proof to spoil", (file) => {
  const own = samples.filter(({ provider }) => provider === file.name);
  expect(own.some((sample) => sample.expect.verified === true)).toBe(true);
  expect(own.some((sample) => sample.expect.verified === false)).toBe(true);
  expect(PROOFS.some(({ sample }) => sample.startsWith(`${file.name}/`))).toBe(true);
});

test.each(files)("$name tells the operator how to set it up", ({ name, description, ...file }) => {
  expect(description).toMatch(/\w+ \w+/);
  expect(file.properties.some(({ secret }) => secret)).toBe(true);
  for (const property of file.properties) {
    expect(property.description, property.name).toMatch(/\w+ \w+/);
    expect(property.env).toMatch(new RegExp(`^${name.replaceAll("-", "_").toUpperCase()}_`));
  }
});

describe.each(PROOFS)("$sample", (proof) => {
  const sample = sampleNamed(proof.sample);
  const { header = "", prefix = "", secret = "secret" } = proof;
  const { headers } = sample.request;
  const sent = headers.find(([name]) => name === header)?.[1] ?? "";
  const others = headers.filter(([name]) => name !== header && name !== proof.fallback);
  const configured = [sample.properties[secret] ?? []].flat();
  /** Not accepted: either not claimed at all, so that nothing runs, or refused. */
  const expectRefusal = (said: Decided, what: string) => {
    const isRefused = said.provider === undefined || said.verdict?.ok === false;
    expect({ what, isRefused, errors: said.errors, handshake: said.handshake }).toEqual({
      what,
      isRefused: true,
      errors: [],
      handshake: undefined,
    });
    const told = JSON.stringify(said);
    for (const value of configured) expect(told).not.toContain(value);
  };
  const withProof = (...values: readonly string[]): Partial<Request> => ({
    headers: [...others, ...values.map((value) => [header, value] as const)],
  });
  const expectRefusals = async (variants: Readonly<Record<string, Partial<Request>>>) => {
    for (const [what, changes] of Object.entries(variants)) {
      expectRefusal(await askOwn(sample, changes), what);
    }
  };

  test("is accepted", async () => {
    expect((await askOwn(sample)).verdict).toMatchObject({ ok: true });
  });

  test.runIf(proof.header !== undefined)("is refused with any other proof", async () => {
    expect(sent).not.toBe("");
    const flipped = sent.replace(/[^=](?==*$)/, (last) => (/a/i.test(last) ? "B" : "A"));
    await expectRefusals({
      missing: withProof(),
      empty: withProof(""),
      "sent twice": withProof(sent, sent),
      "sent twice, the second wrong": withProof(sent, flipped),
      ...(proof.list ? {} : { "joined by a comma": withProof(`${sent}, ${sent}`) }),
      flipped: withProof(flipped === sent ? `${sent}0` : flipped),
      "cut off": withProof(sent.slice(0, -5)),
      longer: withProof(`${sent}00`),
    });
  });

  test.runIf(proof.token !== undefined)("is refused with any other token", async () => {
    const { token = "" } = proof;
    const { query = "", body } = sample.request;
    const swap = (by: string) => ({
      query: query.replaceAll(token, by),
      body: body.toString().replaceAll(token, by),
    });
    expect(`${query}${body}`).toContain(token);
    await expectRefusals({ other: swap("x"), empty: swap(""), longer: swap(`${token}x`) });
    if (query.includes(token)) await expectRefusals({ twice: { query: `${query}&${query}` } });
  });

  test.runIf(prefix !== "")(
    "is refused with a prefix in another letter case, or none",
    async () => {
      expect(sent).toContain(prefix);
      const upper = prefix.toUpperCase();
      const other = upper === prefix ? prefix.toLowerCase() : upper;
      await expectRefusals({
        "other case": withProof(sent.replaceAll(prefix, other)),
        none: withProof(sent.replaceAll(prefix, "")),
      });
    },
  );

  test.runIf(proof.signsBody !== false)("is refused with any other body", async () => {
    const body = Buffer.from(sample.request.body);
    for (const at of [0, body.length >> 1, body.length - 1]) {
      const altered = Buffer.from(body);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expectRefusal(await askOwn(sample, { body: altered }), `byte ${at}`);
    }
    await expectRefusals({
      empty: { body: "" },
      "a blank more": { body: Buffer.concat([body, Buffer.from(" ")]) },
      "cut off": { body: body.subarray(0, -1) },
    });
  });

  test.runIf(proof.toleranceSeconds !== undefined)("is judged as of its own arrival", async () => {
    const { receivedAt } = sample.request;
    const tolerance = (proof.toleranceSeconds ?? 0) * 1000;
    for (const age of [tolerance, -tolerance]) {
      const said = await askOwn(sample, { receivedAt: receivedAt + age });
      expect(said.verdict).toMatchObject({ ok: true });
    }
    await expectRefusals({
      stale: { receivedAt: receivedAt + tolerance + 1000 },
      "ahead of time": { receivedAt: receivedAt - tolerance - 1000 },
    });
  });

  test.runIf(proof.timestamp !== undefined)("is refused with any other time", async () => {
    const { timestamp = "" } = proof;
    const time = headers.find(([name]) => name === timestamp)?.[1] ?? "";
    expect(time).toMatch(/^\d+$/);
    const withTimes = (...values: readonly string[]) => ({
      headers: [
        ...headers.filter(([name]) => name !== timestamp),
        ...values.map((value) => [timestamp, value] as const),
      ],
    });
    await expectRefusals({
      later: withTimes(`${Number(time) + 1}`),
      missing: withTimes(),
      twice: withTimes(time, time),
      padded: withTimes(`0${time}`),
      text: withTimes("now"),
    });
  });

  // Last: each of these loads a set of scripts of its own, and a child keeps few.
  test("is accepted while its secret is being rotated out", async () => {
    const rotating = { [secret]: ["the new one", ...configured] };
    expect((await askOwn(sample, {}, rotating)).verdict).toMatchObject({ ok: true });
  });

  test("is refused with another secret configured, or none", async () => {
    expectRefusal(await askOwn(sample, {}, { [secret]: "another secret" }), "another secret");
    const none = await askOwn(sample, {}, { [secret]: [] });
    expect(none.verdict).toMatchObject({ ok: false, reason: expect.stringMatching(/configured/) });
  });
});
