/**
 * `ctx.verify` on the host's side: official vectors (provider-schemes.md §11), then each way in which a request can be
 * wrong.
 */
// biome-ignore-all lint/style/noExcessiveLinesPerFile: one table of vectors and faults, read scheme by scheme.
import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  assert,
  constantFrom,
  type IPropertyWithHooks,
  oneof,
  property,
  stringMatching,
  uint8Array,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToText, textToBytes } from "../../src/model/text-codec.ts";
import {
  type SignedRequest,
  type Verdict,
  verify as verifyUnwatched,
} from "../../src/verify/verify.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;
type Options = Readonly<Record<string, unknown>>;

const requestWith = (
  headers: Headers,
  body: string | Buffer,
  rest: Partial<SignedRequest> = {},
) => ({
  headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
  body: Buffer.from(body),
  judgedAt: 1_700_000_000_000,
  ...rest,
});
/** The overload of `assert` that returns no promise, because the linter cannot distinguish them. */
const holds = <T>(rule: IPropertyWithHooks<T>, numRuns = 100): void => {
  void assert(rule, { numRuns });
};

const ACCEPTED = { ok: true };

/** Texts that no reason may contain: the secrets of the check, and parts of the right signature. */
const confidential: string[] = [];
const keepConfidential = (signature: string) => {
  for (let at = 0; at + 12 <= signature.length; at += 4) {
    confidential.push(signature.slice(at, at + 12).toLowerCase());
  }
};
/** A single letter occurs in every sentence. */
const isTelling = (value: unknown) => typeof value === "string" && value.length >= 6;

/** All checks of this file run here, so each refusal is searched for forbidden texts. */
const verify = (scheme: string, options: unknown, request: SignedRequest): Verdict => {
  const verdict = verifyUnwatched(scheme, options, request);
  if (verdict.ok) return verdict;
  expect(verdict.reason).toMatch(/\S/);
  const reason = `${verdict.reason}`.toLowerCase();
  const { secret, password } = Object(options);
  const secrets = [secret, password].flat().filter(isTelling).map(String);
  const leaked = [...secrets.map((text) => text.toLowerCase()), ...confidential];
  expect(leaked.filter((text) => reason.includes(text))).toEqual([]);
  return verdict;
};
const refused = (reason: RegExp) => ({ ok: false, reason: expect.stringMatching(reason) });
const flipLast = (text: string) => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");

const SLACK_BODY =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const GITHUB = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const GITHUB_SECRET = "It's a Secret to Everybody";
const SQUARE = "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=";

const OFFICIAL: readonly (readonly [string, Options, string, string])[] = [
  ["GitHub", { secret: GITHUB_SECRET, prefix: "sha256=" }, "Hello, World!", GITHUB],
  [
    "octokit",
    { secret: "mysecret", prefix: "sha256=" },
    '{"foo":"bar"}',
    "sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3",
  ],
  [
    "Slack",
    {
      secret: "8f742231b10e8888abcd99yyyzzz85a5",
      prefix: "v0=",
      content: "v0:1531420618:{body}",
    },
    SLACK_BODY,
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  ],
  [
    "CircleCI 1",
    { secret: "secret", prefix: "v1=" },
    "hello world",
    "v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a",
  ],
  [
    "CircleCI 2",
    { secret: "another-secret", prefix: "v1=" },
    "lalala",
    "v1=daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00",
  ],
  [
    "Square",
    { secret: "asdf1234", encoding: "base64", content: "https://example.com/webhook{body}" },
    '{"hello":"world"}',
    SQUARE,
  ],
  [
    "Square, by its address",
    {
      secret: "asdf1234",
      encoding: "base64",
      content: "{url}{body}",
      url: "https://example.com/webhook",
    },
    '{"hello":"world"}',
    SQUARE,
  ],
];

describe("hmac", () => {
  const github = (
    signature: string | readonly string[],
    more: Options = {},
    body = "Hello, World!",
  ) =>
    verify(
      "hmac",
      { secret: GITHUB_SECRET, header: "X-Signature", prefix: "sha256=", ...more },
      requestWith({ "x-signature": signature }, body),
    );

  test.each(OFFICIAL)("accepts the official vector of %s and no other body", (...vector) => {
    const [, options, body, signature] = vector;
    const check = (text: string, sent: string) =>
      verify("hmac", { header: "x-sig", ...options }, requestWith({ "x-sig": sent }, text));
    expect(check(body, signature)).toEqual(ACCEPTED);
    expect(check(`${body.slice(0, -1)}~`, signature)).toEqual(refused(/does not match/));
    expect(check(body, signature.slice(0, -1))).toEqual(refused(/malformed/));
    expect(check(body, `${signature}0`)).toEqual(refused(/malformed/));
  });

  test("accepts upper-case hex digits, but not an upper-case prefix", () => {
    expect(github(`sha256=${GITHUB.slice(7).toUpperCase()}`)).toEqual(ACCEPTED);
    expect(github(GITHUB.toUpperCase())).toEqual(refused(/does not start with "sha256="/));
  });

  test.each([
    ["a flipped digit", flipLast(GITHUB), /does not match/],
    ["another prefix", GITHUB.replace("256", "1"), /does not start with/],
    ["no prefix", GITHUB.slice(7), /does not start with/],
    ["only the prefix", "sha256=", /empty after its prefix/],
    ["a digit that is none", `${GITHUB.slice(0, -1)}g`, /malformed: 64 hex digits/],
    ["two signatures in a row", GITHUB + GITHUB.slice(7), /malformed: .*128 characters were sent/],
    ["half a signature", GITHUB.slice(0, 39), /malformed: .*32 characters were sent/],
    ["space around it", `${GITHUB} `, /malformed/],
    ["an empty value", "", /header is empty/],
    ["a repeated header", [GITHUB, GITHUB], /sent more than once/],
    ["no header", [], /X-Signature header is missing/],
  ])("refuses %s without telling the right signature", (_name, signature, reason) => {
    const verdict = github(signature);
    expect(verdict).toEqual(refused(reason));
    expect(verdict.reason).not.toContain(GITHUB.slice(7, 27));
    expect(verdict.reason).not.toContain(GITHUB_SECRET);
  });

  test("accepts any of several current secrets, and skips those that are not set", () => {
    expect(github(GITHUB, { secret: ["new", null, "", GITHUB_SECRET] })).toEqual(ACCEPTED);
    expect(github(GITHUB, { secret: ["new", "newer"] })).toEqual(refused(/does not match/));
  });

  test.each([undefined, null, "", [], [""]])(
    "refuses everything when the secret is %j",
    (secret) => {
      const signed = `sha256=${createHmac("sha256", "").update("Hello, World!").digest("hex")}`;
      expect(github(signed, { secret })).toEqual({ ok: false, reason: "no secret is configured" });
    },
  );

  test.each([
    ["non-canonical last bits", SQUARE.replace("g=", "h=")],
    ["no padding", SQUARE.slice(0, -1)],
    ["the URL alphabet", SQUARE.replace("+", "-").replace("/", "_")],
  ])("refuses base64 with %s", (_name, signature) => {
    const options = { secret: "asdf1234", header: "x-sig", encoding: "base64" };
    const content = 'https://example.com/webhook{"hello":"world"}';
    expect(verify("hmac", options, requestWith({ "x-sig": SQUARE }, content))).toEqual(ACCEPTED);
    expect(verify("hmac", options, requestWith({ "x-sig": signature }, content))).toEqual(
      refused(/malformed/),
    );
  });

  // Derived with Python's hmac.
  test.each([
    [{ algorithm: "sha1" }, "7b4ab6898ab862077e9caf504b39982f2bc41453"],
    [
      { algorithm: "sha384" },
      "2958431a85ebbe64e5d08e4768b1d58d6fc00462ca144e8d048eaac35490cbeef8132dcf8941fb81cac4e692e6f571e8",
    ],
    [
      { algorithm: "sha512" },
      "f527422686555b6528a2e7f7ec82b2f5452b00303bb286f874e075ba778974a6d81adfff523642fc73b6960f759b92a3bad138be110bf59223e79fd1b5c6825d",
    ],
    [
      { secret: "c2VjcmV0LWtleQ==", secretEncoding: "base64" },
      "b55a81137d0df4a3c2585b246e9dbc7e957811e4fd6613fdab592f15687ec523",
    ],
    [
      { secret: "00ff10", secretEncoding: "hex" },
      "863e3f49b02504a15c1b6c210431edfbb0a758f1ecdcfa1c67b6668649be3dc4",
    ],
  ])("signs with %j", (options, signature) => {
    const given = { secret: "k", header: "x-sig", ...options };
    expect(verify("hmac", given, requestWith({ "x-sig": signature }, '{"a":1}'))).toEqual(ACCEPTED);
  });

  test("signs the exact bytes of a body that is not UTF-8, given as template or as text", () => {
    const signature = "b9f065b0bfd4782de35649fbdd044b91c633ed2fbe936a8fb4214af0dcff91be";
    const request = requestWith({ "x-sig": signature }, Buffer.from([0xff, 0xfe, 0x80]));
    for (const content of ["x:{body}", "x:\udcff\udcfe\udc80"]) {
      expect(verify("hmac", { secret: "k", header: "x-sig", content }, request)).toEqual(ACCEPTED);
    }
  });

  test("refuses a template with a placeholder that inserts the body a second time", () => {
    expect(github(GITHUB, { content: "{body}:{body}" })).toEqual(refused(/more than once/));
  });

  test("accepts a signature over the body before compression", () => {
    const options = { secret: GITHUB_SECRET, header: "x-sig", prefix: "sha256=" };
    const request = requestWith({ "x-sig": GITHUB }, "zipped", {
      decodedBody: Buffer.from("Hello, World!"),
    });
    expect(verify("hmac", options, request)).toEqual(ACCEPTED);
  });
});

describe("standardWebhooks", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  const time = 1_614_265_330;
  const check = (
    headers: Headers,
    options: Options = {},
    ageMs = 0,
    body = '{"test": 2432232314}',
  ) => {
    const sent = {
      "webhook-id": id,
      "webhook-timestamp": `${time}`,
      "webhook-signature": v1,
      ...headers,
    };
    return verify(
      "standardWebhooks",
      { secret, ...options },
      requestWith(sent, body, { judgedAt: time * 1000 + ageMs }),
    );
  };

  test("accepts the official vector, under either name of its headers", () => {
    expect(check({})).toEqual(ACCEPTED);
    const svix = { "svix-id": id, "svix-timestamp": `${time}`, "svix-signature": v1 };
    expect(check(svix, { headerPrefix: "svix" })).toEqual(ACCEPTED);
    expect(check({ "svix-signature": v1 }, { headerPrefix: "svix" })).toEqual(
      refused(/svix-id .*missing/),
    );
  });

  test.each([
    [300_000, ACCEPTED],
    [-300_000, ACCEPTED],
    [300_001, refused(/is 301 s old, at most 300 s/)],
    [-300_001, refused(/301 s in the future/)],
  ])("judges a timestamp that is %i ms old", (ageMs, verdict) => {
    expect(check({}, {}, ageMs)).toEqual(verdict);
  });

  test.each([
    ["another body", {}, "{}", /no signature .*matches/],
    ["another id", { "webhook-id": "msg_other" }, undefined, /no signature .*matches/],
    ["an id with a dot", { "webhook-id": "msg.1" }, undefined, /webhook-id .*malformed/],
    ["a timestamp with a sign", { "webhook-timestamp": `+${time}` }, undefined, /malformed/],
    ["a timestamp with a fraction", { "webhook-timestamp": `${time}.0` }, undefined, /malformed/],
    ["a repeated id", { "webhook-id": [id, id] }, undefined, /more than once/],
    [
      "an unknown version",
      { "webhook-signature": v1.replace("v1", "v2") },
      undefined,
      /well-formed/,
    ],
    ["a truncated signature", { "webhook-signature": v1.slice(0, -4) }, undefined, /well-formed/],
  ])("refuses %s", (_name, headers, body, reason) => {
    expect(check(headers, {}, 0, body)).toEqual(refused(reason));
  });

  test("checks at most sixteen signatures of a list", () => {
    const other = `v1,${Buffer.alloc(32).toString("base64")} `;
    expect(check({ "webhook-signature": other.repeat(15) + v1 })).toEqual(ACCEPTED);
    expect(check({ "webhook-signature": other.repeat(16) + v1 })).toEqual(refused(/matches/));
  });

  test("accepts Ed25519 with a public key, beside or instead of a secret", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
    const signed = sign(null, Buffer.from(`${id}.${time}.{"test": 2432232314}`), privateKey);
    const header = { "webhook-signature": `v1,x v1a,${signed.toString("base64")}` };
    expect(check(header, { secret: [secret, `whpk_${raw}`] })).toEqual(ACCEPTED);
    expect(check(header)).toEqual(refused(/matches/));
    expect(check({}, { secret: `whpk_${raw}` })).toEqual(refused(/matches/));
  });

  test("refuses everything without a usable secret", () => {
    expect(check({}, { secret: "" })).toEqual(refused(/^no secret is configured$/));
    expect(check({}, { secret: "whsec_***" })).toEqual(refused(/not base64/));
  });
});

describe("ed25519", () => {
  // RFC 8032, section 7.1, test 1: an empty message.
  const publicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const signature =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
  const options = { publicKey, signatureHeader: "x-sig" };
  const check = (sent: string, body = "", given: Options = options) =>
    verify("ed25519", given, requestWith({ "x-sig": sent }, body));

  test("accepts the vector of RFC 8032, in either letter case", () => {
    expect(check(signature)).toEqual(ACCEPTED);
    expect(check(signature.toUpperCase())).toEqual(ACCEPTED);
    expect(check(signature, "", { ...options, publicKey: ["0".repeat(64), publicKey] })).toEqual(
      ACCEPTED,
    );
  });

  test("refuses other bodies, other signatures and malformed ones", () => {
    expect(check(signature, "x")).toEqual(refused(/does not match/));
    expect(check(flipLast(signature))).toEqual(refused(/does not match/));
    for (const sent of [signature.slice(2), `${signature}00`, `${signature.slice(0, -1)}g`]) {
      expect(check(sent)).toEqual(refused(/malformed: 128 hex digits/));
    }
  });

  test("refuses everything without a usable key", () => {
    expect(check(signature, "", { ...options, publicKey: "" })).toEqual(
      refused(/no public key is configured/),
    );
    expect(check(signature, "", { ...options, publicKey: "abc" })).toEqual(
      refused(/not 64 hex digits/),
    );
  });
});

describe("ecdsa", () => {
  const time = 1_588_788_367;
  const body = '{"category":"example_payload","event":"test_event","message_id":"message_id"}';
  const signature =
    "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=";
  const publicKey =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";
  const names = { signatureHeader: "x-sig", timestampHeader: "x-time" };
  const check = (headers: Headers = {}, ageMs = 0, more: Options = {}, text = body) =>
    verify(
      "ecdsa",
      { publicKey, ...names, toleranceSeconds: 60, ...more },
      requestWith({ "x-sig": signature, "x-time": `${time}`, ...headers }, text, {
        judgedAt: time * 1000 + ageMs,
      }),
    );

  test("accepts only the official vector of SendGrid", () => {
    expect(check()).toEqual(ACCEPTED);
    expect(check({}, 0, {}, `${body}\n`)).toEqual(refused(/does not match/));
    expect(check({ "x-sig": signature.replace("JTz2", "JTz3") })).toEqual(
      refused(/does not match/),
    );
    expect(check({ "x-time": `${time + 1}` })).toEqual(refused(/does not match/));
    expect(check({ "x-sig": signature.slice(0, -1) })).toEqual(refused(/malformed/));
    expect(check({ "x-sig": signature.slice(0, -4) })).toEqual(refused(/does not match/));
    expect(check({ "x-time": [] })).toEqual(refused(/x-time header is missing/));
  });

  test("checks the time only when a tolerance is given", () => {
    expect(check({}, 60_000)).toEqual(ACCEPTED);
    expect(check({}, -60_001)).toEqual(refused(/in the future/));
    expect(check({}, 60_001)).toEqual(refused(/old/));
    expect(check({}, 9e9, { toleranceSeconds: undefined })).toEqual(ACCEPTED);
  });

  test("refuses everything with a key of another curve", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
    const spki = other.export({ format: "der", type: "spki" }).toString("base64");
    expect(check({}, 0, { publicKey: spki })).toEqual(refused(/not a P-256 key/));
  });
});

describe("jwt", () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (
    alg: string,
    claims: object,
    signer: (signed: Buffer) => Buffer,
    extra: object = {},
  ) => {
    const signed = `${part({ alg, ...extra })}.${part(claims)}`;
    return `${signed}.${signer(Buffer.from(signed)).toString("base64url")}`;
  };
  const hs = (key: string) => (signed: Buffer) => createHmac("sha256", key).update(signed).digest();
  const pem = (key: KeyObject) => key.export({ format: "pem", type: "spki" }).toString();
  const check = (sent: string, options: Options = { secret: "s" }, body = "") =>
    verify("jwt", options, requestWith({ authorization: `Bearer ${sent}` }, body));
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const now = 1_700_000_000;

  test("takes a token from another place of the message, and then from that place only", () => {
    const right = token("HS256", {}, hs("s"));
    const judge = (value: unknown) =>
      verify("jwt", { secret: "s", value }, requestWith({ authorization: `Bearer ${right}` }, ""));
    expect(judge(right)).toEqual(ACCEPTED);
    expect(judge(token("HS256", {}, hs("other")))).toEqual(refused(/does not match/));
    for (const value of [null, "", 1, [right]]) {
      expect(judge(value)).toEqual(refused(/the token is missing/));
    }
  });

  test("accepts the token of jwt.io", () => {
    const sent =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    expect(check(sent, { secret: ["new", "your-256-bit-secret"] })).toEqual(ACCEPTED);
    expect(check(sent, { secret: "new" })).toEqual(refused(/does not match/));
    const altered = sent.replace("IkpvaG4g", "IkpvaG5n");
    expect(check(altered, { secret: "your-256-bit-secret" })).toEqual(refused(/does not match/));
  });

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ed = generateKeyPairSync("ed25519");
  test.each([
    ["RS256", rsa.publicKey, (data: Buffer) => sign("sha256", data, rsa.privateKey)],
    [
      "ES256",
      ec.publicKey,
      (data: Buffer) =>
        sign("sha256", data, { key: ec.privateKey, dsaEncoding: "ieee-p1363" as const }),
    ],
    ["EdDSA", ed.publicKey, (data: Buffer) => sign(null, data, ed.privateKey)],
  ])("accepts %s with its own kind of key only", (alg, key, signer) => {
    const other = alg === "RS256" ? ed.publicKey : rsa.publicKey;
    const sent = token(alg, {}, signer);
    expect(check(sent, { publicKey: pem(key), algorithms: [alg] })).toEqual(ACCEPTED);
    expect(check(sent, { publicKey: pem(other), algorithms: [alg] })).toEqual(
      refused(/no configured key/),
    );
  });

  test("refuses a public key used as the text of a secret", () => {
    const publicKey = pem(rsa.publicKey);
    const forged = token("HS256", {}, hs(publicKey));
    expect(check(forged, { publicKey, algorithms: ["RS256"] })).toEqual(
      refused(/another algorithm than RS256/),
    );
    expect(check(forged, { secret: publicKey })).toEqual(refused(/secret is a public key/));
    expect(() => check(forged, { publicKey, algorithms: ["HS256"] })).toThrow(
      /HS256 needs a secret/,
    );
  });

  test.each([
    ["indented", (text: string) => text.replaceAll(/^/gm, "  ")],
    ["with escaped line ends", (text: string) => text.replaceAll("\n", "\\n")],
    ["on one line", (text: string) => text.replaceAll("\n", "")],
    ["cut off", (text: string) => text.slice(0, -30)],
  ])("refuses a public key as the text of a secret when it is %s, too", (_name, mangle) => {
    const secret = mangle(pem(rsa.publicKey));
    expect(check(token("HS256", {}, hs(secret)), { secret })).toEqual(
      refused(/secret is a public key/),
    );
  });

  test.each(["none", "None", "HS384", "RS256"])(
    "refuses the algorithm %s when it is not pinned",
    (alg) => {
      expect(check(token(alg, {}, hs("s")))).toEqual(refused(/another algorithm than HS256/));
      expect(() => check("a.b.c", { secret: "s", algorithms: ["none"] })).toThrow(
        /received "none"/,
      );
    },
  );

  test("refuses values that are no signed token", () => {
    const good = token("HS256", {}, hs("s"));
    const unsigned = `${part({ alg: "none" })}.${part({})}.`;
    const critical = token("HS256", {}, hs("s"), { crit: ["b64"] });
    for (const sent of ["x", unsigned, `${good}=`, `${good}.x`, critical]) {
      expect(check(sent)).toEqual(refused(/malformed/));
    }
    const basic = requestWith({ authorization: `Basic ${good}` }, "");
    expect(verify("jwt", { secret: "s" }, basic)).toEqual(refused(/not of the form "Bearer/));
  });

  test.each([
    [{ exp: now - 59 }, ACCEPTED],
    [{ exp: now - 60 }, refused(/expired/)],
    [{ nbf: now + 60 }, ACCEPTED],
    [{ nbf: now + 61 }, refused(/not valid yet/)],
    [{ exp: `${now + 99}` }, refused(/must be numbers/)],
  ])("judges the times %j as of the message, with a minute of leeway", (claims, verdict) => {
    expect(check(token("HS256", claims, hs("s")))).toEqual(verdict);
  });

  test("requires the expected issuer, audience and hash of the body", () => {
    const sha256 = createHash("sha256").update("body").digest("hex");
    const sent = token("HS256", { iss: "netlify", aud: ["a", "b"], sha256 }, hs("s"));
    const options = { secret: "s", issuer: "netlify", audience: "b", bodyHashClaim: "sha256" };
    expect(check(sent, options, "body")).toEqual(ACCEPTED);
    expect(check(sent, options, "bodY")).toEqual(refused(/claim sha256/));
    expect(check(sent, { ...options, issuer: "x" }, "body")).toEqual(refused(/issuer/));
    expect(check(sent, { ...options, audience: "c" }, "body")).toEqual(refused(/audience/));
    expect(check(sent, { ...options, bodyHashClaim: "constructor" }, "body")).toEqual(
      refused(/claim/),
    );
    const netlify = requestWith({ "x-webhook-signature": sent }, "body");
    expect(verify("jwt", { ...options, header: "X-Webhook-Signature" }, netlify)).toEqual(ACCEPTED);
  });

  test("refuses everything without a key", () => {
    expect(check("x", { algorithms: ["RS256"] })).toEqual(refused(/^no secret is configured$/));
  });
});

describe("basic and token", () => {
  const basic = (authorization: string | readonly string[], options: Options = {}) =>
    verify(
      "basic",
      { username: "u", password: ["new", "pä:ss"], ...options },
      requestWith({ authorization }, ""),
    );
  const pair = (text: string) => Buffer.from(text).toString("base64");

  test("accepts the user name with each current password", () => {
    expect(basic(`Basic ${pair("u:pä:ss")}`)).toEqual(ACCEPTED);
    expect(basic(`basic ${pair("u:new")}`)).toEqual(ACCEPTED);
    expect(basic(`Basic ${pair(":x")}`, { username: "", password: "x" })).toEqual(ACCEPTED);
  });

  test.each([
    ["a password in UTF-8", "u", "pä:ss", "utf8"],
    ["a password in Latin-1", "u", "pä:ss", "latin1"],
    ["a name in UTF-8", "jö", "x", "utf8"],
    ["a name in Latin-1", "jö", "x", "latin1"],
    ["what Latin-1 has no bytes for, in UTF-8", "u", "päß€", "utf8"],
  ] as const)("accepts %s", (_, username, password, encoding) => {
    const sent = Buffer.from(`${username}:${password}`, encoding).toString("base64");
    expect(basic(`Basic ${sent}`, { username, password: ["other", password] })).toEqual(ACCEPTED);
  });

  test.each([
    ["cut to one byte", "p€", Buffer.from("u:p\xac", "latin1")],
    ["encoded twice", "pä", Buffer.from(Buffer.from("u:pä").toString("latin1"))],
    ["decoded once more", "Ã¤", Buffer.from("u:ä", "latin1")],
    ["in two encodings at once", "pää", Buffer.from("u:p\xe4\xc3\xa4", "latin1")],
    ["in another form of Unicode", "pä", Buffer.from("u:pa\u0308")],
  ])("refuses a password %s", (_, password, sent) => {
    expect(basic(`Basic ${sent.toString("base64")}`, { password })).toEqual(
      refused(/does not match/),
    );
  });

  test.each([
    [`Basic ${pair("u:old")}`, {}, /does not match/],
    [`Basic ${pair("v:new")}`, {}, /does not match/],
    [`Basic ${pair("u:new")}=`, {}, /malformed/],
    [`Bearer ${pair("u:new")}`, {}, /form "Basic/],
    ["Basic", {}, /form "Basic/],
    [[`Basic ${pair("u:new")}`, "Basic x"], {}, /more than once/],
    [`Basic ${pair("u:")}`, { password: "" }, /^no secret is configured$/],
    [`Basic ${pair("undefined:new")}`, { username: undefined }, /no user name is configured/],
  ])("refuses the credentials %j", (authorization, options, reason) => {
    expect(basic(authorization, options)).toEqual(refused(reason));
  });

  test("accepts a token only whole, once and after its prefix", () => {
    const check = (sent: string | readonly string[], options: Options = {}) =>
      verify(
        "token",
        { secret: ["old", "tökén"], header: "X-Token", ...options },
        requestWith({ "x-token": sent }, ""),
      );
    expect(check("old")).toEqual(ACCEPTED);
    expect(check(Buffer.from("tökén").toString("latin1"))).toEqual(ACCEPTED);
    expect(check("Bearer old", { prefix: "Bearer " })).toEqual(ACCEPTED);
    expect(check("old", { prefix: "Bearer " })).toEqual(refused(/does not start with/));
    expect(check("olds")).toEqual(refused(/token in X-Token does not match/));
    expect(check(["old", "old"])).toEqual(refused(/more than once/));
    expect(check("")).toEqual(refused(/empty/));
    expect(check("undefined", { secret: undefined })).toEqual(refused(/^no secret is configured$/));
  });
});

describe("invalid options of a script", () => {
  test.each([
    ["hmac", undefined, /ctx\.verify\.hmac: .*expected an object of options, received undefined/],
    ["hmac", { secret: "s" }, /either header or value was expected/],
    ["hmac", { secret: "s", header: "a", value: "b" }, /either header or value was expected/],
    ["hmac", { secret: "s", value: "b", data: "x", content: "y" }, /content and data were given/],
    [
      "hmac",
      { secret: "s", header: "a", data: "x", timestamp: { header: "t" } },
      /\{timestamp\} was expected in content/,
    ],
    ["hmac", { secret: "s", header: "a b" }, /name of a header, received "a b"/],
    [
      "hmac",
      { secret: "s", header: "a", algorithm: "md5" },
      /expected one of sha1, .*received "md5"/,
    ],
    [
      "hmac",
      { secret: "s", header: "a", prefixx: "v1=" },
      /unknown option prefixx, expected one of secret/,
    ],
    [
      "token",
      { secret: { deep: "hidden" }, header: "a" },
      /expected a string or a list of strings, received object/,
    ],
    ["standardWebhooks", { secret: "s", toleranceSeconds: "300" }, /expected number/],
    [
      "ed25519",
      { publicKey: "k", signatureHeader: "a", toleranceSeconds: 5 },
      /timestampHeader was expected/,
    ],
    ["jwt", { publicKey: "k" }, /algorithms was expected/],
    ["jwt", { secret: "s", publicKey: "k" }, /expected only one/],
    ["jwt", { secret: "s", header: "x", value: "v" }, /expected only one/],
    ["jwt", { secret: "s", algorithms: ["RS256"] }, /RS256 needs a publicKey, a secret was given/],
    ["constructor", {}, /found scheme "constructor", expected hmac, standardWebhooks/],
  ])("throws a TypeError for %s with %j", (scheme, options, message) => {
    const attempt = () => verify(scheme, options, requestWith({}, ""));
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hidden/);
  });
});

/** One valid request for each scheme and variant. The suites below change it in every way. */
interface Good {
  readonly scheme: string;
  readonly options: Options;
  /** The option that holds the secret or key. */
  readonly key: "secret" | "publicKey" | "password";
  /** The text after the prefix in the header that proves the sender. */
  readonly proof: string;
  readonly header: string;
  readonly prefix: string;
  readonly more: Headers;
  readonly body: Buffer;
  readonly judgedAt: number;
  readonly isBodySigned: boolean;
  readonly timestamp?: string;
}

const TIME = 1_700_000_000;
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const edPair = generateKeyPairSync("ed25519");
const ecPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edRaw = edPair.publicKey.export({ format: "der", type: "spki" }).subarray(-32);
const ecSpki = ecPair.publicKey.export({ format: "der", type: "spki" }).toString("base64");

const base: Omit<Good, "scheme" | "options" | "proof" | "body"> = {
  key: "secret",
  header: "x-sig",
  prefix: "",
  more: {},
  judgedAt: TIME * 1000,
  isBodySigned: true,
};

/** For each scheme that signs the body: how its sender would sign this request. */
const SIGNERS: Readonly<Record<string, (body: Buffer) => Good>> = {
  hmac: (body) => ({
    ...base,
    scheme: "hmac",
    options: { secret: "a live secret", header: "X-Sig", prefix: "v1=" },
    prefix: "v1=",
    proof: createHmac("sha256", "a live secret").update(body).digest("hex"),
    body,
  }),
  "hmac around the body": (body) => ({
    ...base,
    scheme: "hmac",
    options: { secret: "a live secret", header: "x-sig", encoding: "base64", content: "ä{body}:z" },
    proof: createHmac("sha256", "a live secret")
      .update("ä")
      .update(body)
      .update(":z")
      .digest("base64"),
    body,
  }),
  "Standard Webhooks v1": (body) => ({
    ...base,
    scheme: "standardWebhooks",
    options: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
    header: "webhook-signature",
    prefix: "v1,",
    more: { "webhook-id": "msg_1", "webhook-timestamp": `${TIME}` },
    timestamp: "webhook-timestamp",
    proof: createHmac("sha256", Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64"))
      .update(`msg_1.${TIME}.`)
      .update(body)
      .digest("base64"),
    body,
  }),
  "Standard Webhooks v1a": (body) => ({
    ...base,
    scheme: "standardWebhooks",
    options: { secret: `whpk_${edRaw.toString("base64")}` },
    header: "webhook-signature",
    prefix: "v1a,",
    more: { "webhook-id": "msg_1", "webhook-timestamp": `${TIME}` },
    timestamp: "webhook-timestamp",
    proof: sign(
      null,
      Buffer.concat([Buffer.from(`msg_1.${TIME}.`), body]),
      edPair.privateKey,
    ).toString("base64"),
    body,
  }),
  "ed25519 as Discord signs": (body) => ({
    ...base,
    scheme: "ed25519",
    options: {
      publicKey: edRaw.toString("hex"),
      signatureHeader: "X-Signature-Ed25519",
      timestampHeader: "X-Signature-Timestamp",
      toleranceSeconds: 300,
    },
    key: "publicKey",
    header: "x-signature-ed25519",
    more: { "x-signature-timestamp": `${TIME}` },
    timestamp: "x-signature-timestamp",
    proof: sign(null, Buffer.concat([Buffer.from(`${TIME}`), body]), edPair.privateKey).toString(
      "hex",
    ),
    body,
  }),
  "ecdsa as SendGrid signs": (body) => ({
    ...base,
    scheme: "ecdsa",
    options: {
      publicKey: ecSpki,
      signatureHeader: "x-sig",
      timestampHeader: "x-time",
      toleranceSeconds: 300,
    },
    key: "publicKey",
    more: { "x-time": `${TIME}` },
    timestamp: "x-time",
    proof: sign(
      "sha256",
      Buffer.concat([Buffer.from(`${TIME}`), body]),
      ecPair.privateKey,
    ).toString("base64"),
    body,
  }),
  "jwt with the hash of the body": (body) => {
    const sha256 = createHash("sha256").update(body).digest("hex");
    const signed = `${base64url({ alg: "HS256" })}.${base64url({ iss: "netlify", sha256 })}`;
    const signature = createHmac("sha256", "a live secret").update(signed).digest("base64url");
    return {
      ...base,
      scheme: "jwt",
      options: { secret: "a live secret", header: "x-sig", bodyHashClaim: "sha256" },
      proof: `${signed}.${signature}`,
      body,
    };
  },
};

const GOOD: readonly (readonly [string, Good])[] = [
  ...OFFICIAL.map(([name, options, body, signature]): [string, Good] => {
    const prefix = String(options["prefix"] ?? "");
    const proof = signature.slice(prefix.length);
    const given = { header: "x-sig", ...options };
    return [
      `hmac of ${name}`,
      { ...base, scheme: "hmac", options: given, prefix, proof, body: Buffer.from(body) },
    ];
  }),
  ...Object.entries(SIGNERS).map(([name, signed]): [string, Good] => [
    name,
    signed(Buffer.from('{"total": "5 €"}')),
  ]),
  [
    "basic",
    {
      ...base,
      scheme: "basic",
      options: { username: "sender", password: "a live password" },
      key: "password",
      header: "authorization",
      prefix: "Basic ",
      proof: Buffer.from("sender:a live password").toString("base64"),
      body: Buffer.from("x"),
      isBodySigned: false,
    },
  ],
  [
    "token",
    {
      ...base,
      scheme: "token",
      options: { secret: "a-live-token", header: "x-sig", prefix: "Token " },
      prefix: "Token ",
      proof: "a-live-token",
      body: Buffer.from("x"),
      isBodySigned: false,
    },
  ],
];
for (const [, { proof }] of GOOD) keepConfidential(proof);

interface Spoiling {
  readonly options?: Options;
  readonly headers?: Headers;
  readonly rest?: Partial<SignedRequest>;
}

const judge = (good: Good, { options = {}, headers = {}, rest = {} }: Spoiling = {}) =>
  verify(
    good.scheme,
    { ...good.options, ...options },
    requestWith({ [good.header]: good.prefix + good.proof, ...good.more, ...headers }, good.body, {
      judgedAt: good.judgedAt,
      ...rest,
    }),
  );

const REFUSED = refused(/\S/);

/** Never the last characters, of which base64 leaves some bits unused. */
const flipDigit = (text: string) => {
  const at = text.length - 6;
  return text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
};

const HEADER_FAULTS: readonly (readonly [string, (good: Good) => string | string[]])[] = [
  ["a flipped digit", ({ prefix, proof }) => prefix + flipDigit(proof)],
  ["a truncated signature", ({ prefix, proof }) => prefix + proof.slice(0, -1)],
  ["half a signature", ({ prefix, proof }) => prefix + proof.slice(0, proof.length / 2)],
  ["a digit too many", ({ prefix, proof }) => `${prefix}${proof}0`],
  ["two signatures in a row", ({ prefix, proof }) => prefix + proof + proof],
  ["a line end", ({ prefix, proof }) => `${prefix}${proof}\n`],
  ["an unknown prefix", ({ proof }) => `v9=${proof}`],
  ["a doubled prefix", ({ prefix, proof }) => `${prefix || "sha256="}${prefix}${proof}`],
  ["nothing after the prefix", ({ prefix }) => prefix],
  ["an empty header", () => ""],
  ["no header", () => []],
  ["the header twice", ({ prefix, proof }) => [prefix + proof, prefix + proof]],
  ["an empty header before it", ({ prefix, proof }) => ["", prefix + proof]],
];

describe.each(GOOD)("%s", (_name, good) => {
  test("is accepted as it was sent, also when another secret is current", () => {
    const { [good.key]: live } = good.options;
    expect(judge(good)).toEqual(ACCEPTED);
    for (const both of [
      [live, "AAAA"],
      ["AAAA", undefined, live],
    ]) {
      expect(judge(good, { options: { [good.key]: both } })).toEqual(ACCEPTED);
    }
  });

  test.each(HEADER_FAULTS)("is refused with %s", (_fault, changeHeader) => {
    expect(judge(good, { headers: { [good.header]: changeHeader(good) } })).toEqual(REFUSED);
  });

  test.each([undefined, null, "", [], ["", null]])("is refused when its secret is %j", (none) => {
    expect(judge(good, { options: { [good.key]: none } })).toEqual(refused(/^no .*configured$/));
  });

  test("is refused with another secret", () => {
    expect(judge(good, { options: { [good.key]: "QUJDREVG" } })).toEqual(REFUSED);
  });
});

test.each(GOOD.filter(([, { prefix }]) => prefix !== ""))(
  "%s is refused without its prefix",
  (_name, good) => {
    expect(judge(good, { headers: { [good.header]: good.proof } })).toEqual(REFUSED);
  },
);

// Standard Webhooks is left out: its header is a list, so a joined header is an invalid entry and a valid one.
test.each(GOOD.filter(([, { scheme }]) => scheme !== "standardWebhooks"))(
  "%s is refused when a proxy has joined a repeated header",
  (_name, good) => {
    const sent = good.prefix + good.proof;
    expect(judge(good, { headers: { [good.header]: `${sent}, ${sent}` } })).toEqual(REFUSED);
  },
);

describe.each(GOOD.filter(([, { isBodySigned }]) => isBodySigned))("the body of %s", (_n, good) => {
  test("is refused with any one byte flipped, missing or added", () => {
    for (const at of good.body.keys()) {
      const body = Buffer.from(good.body);
      body[at] = (body[at] ?? 0) ^ 1;
      expect(judge(good, { rest: { body } })).toEqual(REFUSED);
    }
    for (const body of [good.body.subarray(1), Buffer.concat([good.body, Buffer.of(10)])]) {
      expect(judge(good, { rest: { body } })).toEqual(REFUSED);
    }
    expect(judge(good, { rest: { body: Buffer.alloc(0) } })).toEqual(REFUSED);
  });

  test("may be signed as received or as it was before compression", () => {
    const other = Buffer.from("something else");
    expect(judge(good, { rest: { decodedBody: other } })).toEqual(ACCEPTED);
    expect(judge(good, { rest: { body: other, decodedBody: good.body } })).toEqual(ACCEPTED);
    expect(judge(good, { rest: { body: other, decodedBody: other } })).toEqual(REFUSED);
  });
});

describe.each(
  GOOD.flatMap(([name, good]) =>
    good.timestamp === undefined ? [] : [[name, good, good.timestamp] as const],
  ),
)("the time of %s", (_name, good, timestamp) => {
  test.each([
    [0, ACCEPTED],
    [300_000, ACCEPTED],
    [-300_000, ACCEPTED],
    [300_001, refused(/301 s old/)],
    [-300_001, refused(/301 s in the future/)],
  ])("is judged when %i ms have passed", (ageMs, verdict) => {
    expect(judge(good, { rest: { judgedAt: good.judgedAt + ageMs } })).toEqual(verdict);
  });

  test.each([
    [`${TIME + 1}`, /match/],
    [`${TIME}000`, /in the future/],
    ["0", /old/],
    [`0${TIME}`, /malformed/],
    [`+${TIME}`, /malformed/],
    [`-${TIME}`, /malformed/],
    [` ${TIME}`, /malformed/],
    [`${TIME}\n`, /malformed/],
    [`${TIME}.0`, /malformed/],
    [`${TIME}e0`, /malformed/],
    [`0x${TIME.toString(16)}`, /malformed/],
    ["9".repeat(400), /malformed/],
    ["NaN", /malformed/],
    ["２", /malformed/],
    ["", /is empty/],
  ])("is refused when it is sent as %j", (sent, reason) => {
    expect(judge(good, { headers: { [timestamp]: sent } })).toEqual(refused(reason));
  });

  test("is refused when it is missing or sent twice", () => {
    expect(judge(good, { headers: { [timestamp]: [] } })).toEqual(refused(/is missing/));
    expect(judge(good, { headers: { [timestamp]: [`${TIME}`, `${TIME}`] } })).toEqual(
      refused(/more than once/),
    );
  });
});

const bytes = uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));

describe.each(Object.entries(SIGNERS))("any bytes under %s", (_name, signed) => {
  test("are accepted when they were signed and refused when others were", () => {
    holds(
      property(bytes, bytes, (body, other) => {
        expect(judge(signed(body))).toEqual(ACCEPTED);
        expect(judge(signed(body), { rest: { body: other } }).ok).toBe(body.equals(other));
      }),
    );
  });
});

/** Random headers that a sender could forge: near misses more often than noise. */
const strange = oneof(
  stringMatching(/^[ -\u00ff]{0,90}$/),
  stringMatching(/^(v1=|v1,|v1a,|Basic |Token )?[A-Za-z0-9+/]{0,88}={0,2}$/),
  stringMatching(/^[0-9a-f]{128}$/),
  stringMatching(/^[\w-]{1,20}\.[\w-]{1,20}\.[\w-]{1,20}$/),
);

test.each(GOOD)("%s gives a verdict and never an error for any request", (_name, good) => {
  holds(
    property(strange, bytes, (text, body) => {
      for (const sent of [text, good.prefix + text]) {
        expect(judge(good, { headers: { [good.header]: sent }, rest: { body } })).toEqual(REFUSED);
      }
    }),
  );
});

test.each([
  ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey],
  ["ES256", ecPair.publicKey],
  ["EdDSA", edPair.publicKey],
])("a %s token with a signature of any length gets a verdict, never an error", (alg, key) => {
  const publicKey = key.export({ format: "pem", type: "spki" }).toString();
  holds(
    property(uint8Array({ minLength: 1, maxLength: 300 }), (signature) => {
      const sent = `${base64url({ alg })}.${base64url({})}.${Buffer.from(signature).toString("base64url")}`;
      const request = requestWith({ authorization: `Bearer ${sent}` }, "");
      expect(verify("jwt", { publicKey, algorithms: [alg] }, request)).toEqual(
        refused(/signature of the token does not match/),
      );
    }),
  );
});

describe("bytes as text", () => {
  /** Random bytes are rarely close to UTF-8. These are parts of UTF-8, whole and cut. */
  const pieces = ["a", "é", "€", "😀", "\ufeff", "\ufffd", "\u0000", "\udbff\udfff", "\ue000"]
    .map((text) => Buffer.from(text))
    .flatMap((whole) => [whole, whole.subarray(0, -1), whole.subarray(1)]);
  const oddities = ["c080", "eda080", "edb3bf", "f4908080", "f8", "ff", "80", "e0809f", "f0808080"];
  const piece = constantFrom(...pieces, ...oddities.map((hex) => Buffer.from(hex, "hex")));
  const nearText = uint8Array({ maxLength: 12 }).chain((seeds) =>
    piece.chain((first) => piece.map((last) => Buffer.concat([first, Buffer.from(seeds), last]))),
  );
  const anyBytes = oneof(bytes, nearText);
  const runs = 2000;

  test("are restored exactly", () => {
    holds(
      property(anyBytes, (data) => {
        expect(textToBytes(bytesToText(data))).toEqual(data);
      }),
      runs,
    );
  });

  test("are restored when their texts were joined, wherever a character was cut", () => {
    holds(
      property(anyBytes, anyBytes, anyBytes, (...parts) => {
        const joined = textToBytes(parts.map(bytesToText).join(""));
        expect(joined).toEqual(Buffer.concat(parts));
      }),
      runs,
    );
    for (const first of pieces) {
      for (const last of pieces) {
        const joined = textToBytes(bytesToText(first) + bytesToText(last));
        expect(joined).toEqual(Buffer.concat([first, last]));
      }
    }
  });

  test("that are UTF-8 are the text that they encode", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    holds(
      property(anyBytes, (data) => {
        const text = bytesToText(data);
        const isText = text.isWellFormed();
        const decode = () => decoder.decode(data);
        if (isText) expect(decode()).toBe(text);
        else expect(decode).toThrow(TypeError);
      }),
      runs,
    );
  });

  test("keep valid characters among invalid bytes", () => {
    const data = Buffer.concat([Buffer.of(0xff), Buffer.from("é😀"), Buffer.of(0x80)]);
    expect(bytesToText(data)).toBe("\udcffé😀\udc80");
  });

  test("of a script's own text are its UTF-8, and unpaired surrogates in it are no escapes", () => {
    expect(textToBytes("😀").toString("hex")).toBe("f09f9880");
    // U+10080 and U+1F4FF end in code units that stand for bytes when they are unpaired.
    for (const text of ["\ud800\udc80", "\ud83d\udcff"]) {
      expect(textToBytes(`${text}\udcff`)).toEqual(
        Buffer.concat([Buffer.from(text), Buffer.of(0xff)]),
      );
    }
  });
});
