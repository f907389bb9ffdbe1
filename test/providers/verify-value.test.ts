/** Signatures that are a field of the message, and secrets with white space around them. */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type SignedRequest, verify } from "../../src/verify/verify.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;

const TIME = 1_700_000_000;
const ACCEPTED = { ok: true };
const refused = (reason: RegExp) => ({ ok: false, reason: expect.stringMatching(reason) });
const hex = (text: string, key = "key") => createHmac("sha256", key).update(text).digest("hex");

const requestWith = (
  headers: Headers,
  body: string | Buffer,
  rest: Partial<SignedRequest> = {},
) => ({
  headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
  body: Buffer.from(body),
  judgedAt: TIME * 1000,
  ...rest,
});

describe("a signature elsewhere in the message", () => {
  const judge = (value: unknown, options: object = {}) =>
    verify(
      "hmac",
      { secret: "key", value, data: "a:b:{body}", ...options },
      requestWith({}, "body"),
    );
  const right = hex("a:b:{body}");

  test("is compared with the signature of data, whose placeholders are not replaced", () => {
    expect(judge(right)).toEqual(ACCEPTED);
    expect(judge(hex("a:b:body"))).toEqual(
      refused(/^the signature in the message does not match$/),
    );
    expect(judge(hex("body"), { data: undefined })).toEqual(ACCEPTED);
    expect(judge(`v1=${right}`, { prefix: "v1=" })).toEqual(ACCEPTED);
    expect(judge(right, { prefix: "v1=" })).toEqual(refused(/^the signature does not start with/));
  });

  test("may be a list with a time", () => {
    const timed = {
      data: undefined,
      content: "{timestamp}.{body}",
      signatures: "list",
      prefix: "v1=",
      timestamp: { key: "t" },
    };
    expect(judge(`t=${TIME}, v1=${hex(`${TIME}.body`)}`, timed)).toEqual(ACCEPTED);
    expect(judge(`v1=${hex(`${TIME}.body`)}`, timed)).toEqual(
      refused(/^the signature holds no t=/),
    );
  });

  test.each([
    [null, /^the signature is missing$/],
    ["", /^the signature is missing$/],
    [12, /^the signature is missing$/],
    [{ a: right }, /^the signature is missing$/],
    [[right, right], /more than once/],
    [`${right}0`, /^the signature in the message is malformed/],
  ])("is refused as %j", (value, reason) => {
    expect(judge(value)).toEqual(refused(reason));
  });
});

describe("white space around a secret", () => {
  const sig = hex("body", "key");
  const authorization = `Basic ${Buffer.from("u:key").toString("base64")}`;
  const request = requestWith({ "x-sig": sig, "x-token": "key", authorization }, "body");

  test.each([
    ["hmac", { header: "x-sig" }, "secret"],
    ["token", { header: "x-token" }, "secret"],
    ["basic", { username: "u" }, "password"],
    ["jwt", { header: "x-token" }, "secret"],
    ["standardWebhooks", {}, "secret"],
  ])("is mentioned in the reason of ctx.verify.%s", (scheme, options, name) => {
    for (const [secret, where] of [
      [" key", "begins"],
      ["key\n", "ends"],
      ["\tkey ", "begins and ends"],
      [["other", "key\u00a0"], "ends"],
    ] as const) {
      const { ok, reason } = verify(scheme, { ...options, [name]: secret }, request);
      expect(ok).toBe(false);
      expect(reason).toContain(`; the configured ${name} ${where} with white space`);
    }
    const clean = verify(scheme, { ...options, [name]: "o ther" }, request);
    expect(clean).toEqual(refused(/^((?!white space).)*$/));
  });

  test("does not invalidate a signature made with the trimmed secret", () => {
    const spaced = requestWith({ "x-sig": hex("body", " key ") }, "body");
    expect(verify("hmac", { secret: " key ", header: "x-sig" }, spaced)).toEqual(ACCEPTED);
  });
});
