/** Each kind of wrong signature, sent to a whole server, for the providers with shipped functions. */
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import {
  environmentOf,
  functionsOf,
  type Headers,
  post,
  providerNames,
  readJson,
  type Sample,
  start,
} from "../support/shipped-samples.ts";
import type { TestApp } from "../support/test-app.ts";

const enforcing = new SharedApp();

/** How each provider signs. Providers without an entry have no signature over the body. */
const SIGNERS = [
  { provider: "calibre", file: "snapshot-compact.json", header: "Calibre-HMAC-SHA256-Signature" },
  { provider: "calibre", file: "snapshot-base64.json", header: "Calibre-HMAC-SHA256-Signature" },
  { provider: "github", file: "push.json", header: "X-Hub-Signature-256", prefix: "sha256=" },
  { provider: "hypertune", file: "new-commit.json", header: "X-Hypertune-Signature" },
  {
    provider: "perfsee",
    file: "bundle-finished.json",
    header: "X-Perfsee-Signature-256",
    prefix: "sha256=",
  },
].map(({ prefix = "", ...signer }) => {
  const sample: Sample = readJson(`providers/${signer.provider}/samples/${signer.file}`);
  const { [signer.header]: right = "", ...others } = sample.request.headers;
  return { ...signer, prefix, sample, right, unsigned: Object.entries(others) };
});

test("every provider with a secret is among the signers", () => {
  const signers = new Set(SIGNERS.map(({ provider }) => provider));
  expect(providerNames.filter((name) => !signers.has(name))).toEqual([]);
});

/**
 * Servers by their secrets, each with all providers. A provider with two signers here needs two servers, because the
 * second sample may be the same delivery as the first.
 */
const servers = new Map<string, Promise<TestApp>>();
function serverFor(
  { provider, file }: (typeof SIGNERS)[number],
  kind: string,
  environmentWith: (variable: string, secret: string) => Readonly<Record<string, string>>,
): Promise<TestApp> {
  const nth = SIGNERS.filter((one) => one.provider === provider).findIndex(
    (one) => one.file === file,
  );
  const key = `${kind} ${nth}`;
  const environments = SIGNERS.map((one) => {
    const [variable = "", secret = ""] = Object.entries(environmentOf(one))[0] ?? [];
    return environmentWith(variable, secret);
  });
  const app = servers.get(key) ?? start(Object.assign({}, ...environments));
  servers.set(key, app);
  return app;
}
afterAll(async () => {
  for (const app of servers.values()) await (await app)[Symbol.asyncDispose]();
});

describe.each(SIGNERS)("$provider, $file", (signer) => {
  const { provider, header, prefix, sample, right, unsigned } = signer;
  const [, secret = ""] = Object.entries(environmentOf(signer))[0] ?? [];
  const asSet = (variable: string, value: string) => ({ [variable]: value });
  const encoding = right.endsWith("=") ? "base64" : "hex";
  const signedWith = (key: string) =>
    prefix + createHmac("sha256", key).update(sample.request.body).digest(encoding);
  const withSignatures = (...values: readonly string[]): Headers => [
    ...unsigned,
    ...values.map((value) => [header, value] as const),
  ];

  test("a signature made by node:crypto is accepted, and the shipped function runs", async () => {
    expect(signedWith(secret)).toBe(right);
    const app = await serverFor(signer, "right", asSet);
    const { status, view } = await post(app, sample);
    expect(status).toBe(202);
    expect(view).toMatchObject({ status: "SUCCESS", provider, verification: { result: "ok" } });
    expect(view.executions).toMatchObject([{ status: "SUCCESS" }]);
    expect(Object.keys(functionsOf(provider))).toContain(view.executions[0]?.function);
    expect(view.message).not.toBeNull();
  });

  const wrong = signedWith("another secret");
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ["made with another secret", [wrong]],
    ["that is empty", [""]],
    ["of blanks", ["  "]],
    ["that is only a prefix", ["sha256="]],
    ["with its last character cut off", [right.slice(0, -1)]],
    ["cut in half", [right.slice(0, right.length / 2)]],
    ["with one character more", [`${right}0`]],
    ["of several thousand characters", [right.repeat(100)]],
    ["sent twice, both right", [right, right]],
    ["sent twice, the right one first", [right, wrong]],
    ["sent twice, the right one last", [wrong, right]],
    ["listed twice in one header", [`${right}, ${right}`]],
    ["with a prefix of another algorithm", [`sha1=${right.slice(prefix.length)}`]],
    ["with junk behind it", [`${right};${right}`]],
    ["in which one character differs", [right.replace(/.(?==*$)/, (c) => (c === "0" ? "1" : "0"))]],
  ];

  test(`none of ${refused.length} wrong signatures is accepted, and no function runs`, async () => {
    const app = await serverFor(signer, "refusing", asSet);
    for (const [what, values] of refused) {
      const { status, text, view } = await post(app, sample, withSignatures(...values));
      expect({ what, status, answer: JSON.parse(text) }).toEqual({
        what,
        status: 401,
        answer: { messageId: view.id, status: "REJECTED" },
      });
      expect({ what, ...view }).toMatchObject({
        what,
        status: "REJECTED",
        provider,
        executions: [],
        verification: { mode: "enforce", result: "failed", reason: expect.any(String) },
      });
      // The message must show neither the right signature nor the secret.
      const shown = JSON.stringify([view.verification, view.trace]);
      expect(shown, what).not.toContain(right.slice(prefix.length));
      expect(shown, what).not.toContain(secret);
    }
  });

  test("a refused message does not use up its delivery id", async () => {
    const app = await serverFor(signer, "refusing", asSet);
    expect((await post(app, sample, withSignatures(wrong))).view.status).toBe("REJECTED");
    expect((await post(app, sample)).view.status).toBe("SUCCESS");
    expect((await post(app, sample, withSignatures(wrong))).view.status).toBe("REJECTED");
  });

  test("a message without a signature runs no function", async () => {
    const app = await serverFor(signer, "refusing", asSet);
    const { status, view } = await post(app, sample, unsigned);
    expect(status).toBe(401);
    expect(view).toMatchObject({ status: "REJECTED", provider, executions: [] });
  });

  test("during a rotation the new and the previous secret are accepted", async () => {
    const rotating = (variable: string, previous: string) => ({
      [variable]: "the new secret",
      [`${variable}_PREVIOUS`]: previous,
    });
    for (const [kind, signature] of Object.entries({ right, new: signedWith("the new secret") })) {
      const app = await serverFor(signer, `rotating, ${kind}`, rotating);
      expect((await post(app, sample, withSignatures(wrong))).status).toBe(401);
      const { status, view } = await post(app, sample, withSignatures(signature));
      expect(status).toBe(202);
      expect(view).toMatchObject({ status: "SUCCESS", verification: { result: "ok" } });
    }
  });

  test("with no secret set the message runs, and is marked as not verified", async () => {
    const app = await serverFor(signer, "unset", () => ({}));
    const { status, view } = await post(app, sample);
    expect(status).toBe(202);
    expect(view).toMatchObject({
      status: "SUCCESS",
      verification: { mode: "report", result: "failed", reason: expect.stringMatching(/secret/) },
      executions: [{ status: "SUCCESS" }],
    });
  });

  test("an empty secret counts as no secret, and a signature made with it is refused", async () => {
    const app = await serverFor(signer, "empty", (variable) => ({ [variable]: "" }));
    const { view } = await post(app, sample, withSignatures(signedWith("")));
    expect(view.verification).toMatchObject({ mode: "report", result: "failed" });
  });

  test("under enforce and with no secret, messages are rejected", async () => {
    const script = `providers/${provider}/match`;
    const json = { ...readJson(`providers/${provider}/provider.json`), verification: "enforce" };
    expect(existsSync(`${script}.ts`)).toBe(true);
    const app = await enforcing.with({
      providers: { [provider]: { json, script: readFileSync(`${script}.ts`, "utf8") } },
      functions: functionsOf(provider),
    });
    const { status, view } = await post(app, sample);
    expect(status).toBe(401);
    expect(view).toMatchObject({ status: "REJECTED", executions: [] });
  });
});
