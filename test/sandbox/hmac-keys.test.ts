/** Keys and signatures in the forms that scripts have: bytes, encoded texts, fields of the body. */
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, type ScriptFolder } from "../support/test-app.ts";

const shared = new SharedApp({ ACME_SECRET: "00ff10", ACME_SPACED: "the-secret\n" });
const KEY = Buffer.from("00ff10", "hex");
const mac = (data: string | Buffer, encoding: "hex" | "base64" = "hex") =>
  createHmac("sha256", KEY).update(data).digest(encoding);

/** One function evaluates each expression, to its value or the text of its error. */
async function valuesOf(expressions: readonly string[], body: string): Promise<unknown> {
  const thunks = expressions.map((one) => `() => (${one})`).join(",\n");
  const script = `const valueOf = (compute) => { try { return compute(); } catch (error) { return error.message; } };
    export default (event, ctx) => [${thunks}].map(valueOf);`;
  const app = await shared.with({
    providers: { anything: ANYTHING },
    functions: { sign: fn("x", script) },
  });
  return (await app.ended(await idIn(await app.send("x", { body })))).executions[0]?.result;
}

const withKey = (key: string, data: string) => createHmac("sha256", key).update(data).digest("hex");

test("ctx.crypto.hmac takes a key as bytes, hex, base64 and text", async () => {
  const values: Readonly<Record<string, string>> = {
    "new Uint8Array([0, 255, 16]), 'data'": mac("data"),
    "new Uint8Array([0, 255, 16]).buffer, 'data', 'hex'": mac("data"),
    "new Uint8Array([1, 0, 255, 16, 1]).subarray(1, 4), 'data', {}": mac("data"),
    "'00ff10', 'data', { secretEncoding: 'hex' }": mac("data"),
    "'AP8Q', 'data', { secretEncoding: 'base64', encoding: 'base64' }": mac("data", "base64"),
    "'AP8Q', event.rawBody, { secretEncoding: 'base64' }": mac("body"),
    "'k', 'data', { secretEncoding: 'utf8' }": withKey("k", "data"),
    "'k', 'data', { ofBody: undefined }": withKey("k", "data"),
    "new Uint8Array(), 'data'": withKey("", "data"),
  };
  const expressions = Object.keys(values).map((args) => `ctx.crypto.hmac("sha256", ${args})`);
  expect(await valuesOf(expressions, "body")).toEqual(Object.values(values));
});

test("ctx.crypto.hmac refuses unusable keys and unknown options", async () => {
  const errors: Readonly<Record<string, RegExp>> = {
    "'xyz', 'data', { secretEncoding: 'hex' }": /the key is not hex/,
    "'x', 'data', { secretEncoding: 'base64' }": /the key is not base64/,
    "'x', 'data', { secretEncoding: 'latin1' }": /expected one of utf8, hex, base64/,
    "'x', 'data', { encodng: 'hex' }": /unknown option encodng/,
    "'x', 'data', 'latin1'": /expected one of hex, base64, base64url/,
    "new Uint8Array(3), 'data', { secretEncoding: 'hex' }": /given as bytes, so secretEncoding/,
    "[1, 2], 'data'": /expected string, received a list/,
  };
  const expressions = Object.keys(errors).map((args) => `ctx.crypto.hmac("sha256", ${args})`);
  expect(await valuesOf(expressions, "body")).toEqual(
    Object.values(errors).map((error) => expect.stringMatching(error)),
  );
});

const SECRETS = [
  "secret: new Uint8Array([0, 255, 16])",
  "secret: [new Uint8Array(2), new Uint8Array([0, 255, 16]).buffer]",
  "secret: '00ff10', secretEncoding: 'hex'",
  "secret: 'AP8Q', secretEncoding: 'base64'",
];

test.each([
  ["body", true],
  ["other", false],
])("ctx.verify.hmac takes a key in each of these forms: the body %j", async (body, ok) => {
  const value = `value: ${JSON.stringify(mac("body"))}`;
  const expressions = SECRETS.map((secret) => `ctx.verify.hmac({ ${secret}, ${value} }).ok`);
  expect(await valuesOf(expressions, body)).toEqual(SECRETS.map(() => ok));
});

test("ctx.verify.hmac uses whichever of header and value is set", async () => {
  const value = JSON.stringify(mac("body"));
  const expressions = [
    `ctx.verify.hmac({ ${SECRETS[0]}, header: undefined, value: ${value} }).ok`,
    `ctx.verify.hmac({ ${SECRETS[0]}, header: "x-none", value: undefined }).reason`,
    `ctx.verify.hmac({ ${SECRETS[0]}, value: undefined }).ok`,
  ];
  expect(await valuesOf(expressions, "body")).toEqual([
    true,
    expect.stringMatching("x-none"),
    false,
  ]);
});

test("ctx.verify.hmac refuses an encoding for a key in bytes, and keys in bytes beside keys in text", async () => {
  const expressions = [
    'ctx.verify.hmac({ secret: [new Uint8Array(2), "text"], header: "x" })',
    'ctx.verify.hmac({ secret: new Uint8Array(2), secretEncoding: "hex", header: "x" })',
  ];
  expect(await valuesOf(expressions, "body")).toEqual([
    expect.stringMatching(/holds bytes and other values/),
    expect.stringMatching(/given as bytes, so secretEncoding/),
  ]);
});

/** Adyen signs a few fields and puts the signature beside them. */
const adyen: ScriptFolder = {
  json: {
    priority: 1,
    verification: "enforce",
    properties: [{ name: "secret", secret: true, env: "ACME_SECRET" }],
  },
  script: `const FIELDS = ["pspReference", "originalReference", "merchantAccountCode", "merchantReference"];
    export default () => true;
    export const verify = ({ payload }, ctx) => {
      const item = payload?.notificationItems?.[0]?.NotificationRequestItem ?? {};
      const { amount = {}, eventCode, success, additionalData = {} } = item;
      return ctx.verify.hmac({
        secret: ctx.properties.secret,
        secretEncoding: "hex",
        encoding: "base64",
        value: additionalData.hmacSignature,
        data: [...FIELDS.map((name) => item[name] ?? ""), amount.value, amount.currency, eventCode, success].join(":"),
      });
    };`,
};

test("a signature in a field of the body is verified", async () => {
  const functions = { fine: fn("x", "export default () => 1;", { provider: "acme" }) };
  const app = await shared.with({ providers: { acme: adyen }, functions });
  const notify = async (signed: object, sent: object = {}, signature?: string | null) => {
    const item = {
      pspReference: "7914073381342284",
      merchantAccountCode: "TestMerchant",
      merchantReference: "{body}-{header:host}-ä",
      amount: { value: 1130, currency: "EUR" },
      eventCode: "AUTHORISATION",
      success: "true",
      ...signed,
    };
    const { pspReference, merchantAccountCode, merchantReference, amount } = item;
    const text = `${pspReference}::${merchantAccountCode}:${merchantReference}:${amount.value}:${amount.currency}:AUTHORISATION:true`;
    const hmacSignature = signature === undefined ? mac(text, "base64") : signature;
    const additionalData = hmacSignature === null ? {} : { hmacSignature };
    const NotificationRequestItem = { ...item, ...sent, additionalData };
    const body = JSON.stringify({
      live: "false",
      notificationItems: [{ NotificationRequestItem }],
    });
    return await app.send("x", { body });
  };
  expect((await notify({})).status).toBe(202);
  for (const refused of [
    await notify({}, { amount: { value: 1131, currency: "EUR" } }),
    await notify({}, {}, null),
    await notify({}, {}, mac("other", "base64")),
  ]) {
    expect(refused.status).toBe(401);
  }
});

test("the reason of a refusal mentions white space around the configured secret", async () => {
  const acme: ScriptFolder = {
    json: {
      priority: 1,
      properties: [{ name: "secret", secret: true, env: "ACME_SPACED" }],
    },
    script: `export default () => true;
      export const verify = (event, ctx) => ctx.verify.hmac({ secret: ctx.properties.secret, header: "x-sig" });`,
  };
  const app = await shared.with({ providers: { acme } });
  const sig = createHmac("sha256", "the-secret").update("body").digest("hex");
  const refused = await app.send("x", { body: "body", headers: { "x-sig": sig } });
  expect(refused.status).toBe(401);
  const { verification } = await app.ended(await idIn(refused));
  expect(verification?.reason).toBe(
    "the signature in x-sig does not match; the configured secret ends with white space: if the sender's does not, set it without",
  );
});
