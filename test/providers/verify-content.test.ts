/** `ctx.verify.hmac` over more than a body: lists, times, URLs, forms and headers. Vectors: provider-schemes.md §11. */
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

describe("a list of signatures", () => {
  const judge = (sent: string | readonly string[], options: object = {}) => {
    const given = { secret: "key", header: "x-sig", prefix: "v1=", signatures: "list", ...options };
    return verify("hmac", given, requestWith({ "x-sig": sent }, "body"));
  };
  const right = `v1=${hex("body")}`;
  const wrong = `v1=${hex("other")}`;

  test.each([
    right,
    `${right},${wrong}`,
    `${wrong},${right}`,
    `v2=abc,${right}`,
    `v1=short,${right},v0=${hex("x")}`,
    `${`${wrong},`.repeat(15)}${right}`,
    `${wrong}, ${right}`,
    `  ${right} \t,\t${wrong}  `,
    ` , ${right}`,
  ])("accepts any right one: %s", (sent) => {
    expect(judge(sent)).toEqual(ACCEPTED);
  });

  test("accepts a signature by a secret being rotated out", () => {
    const sent = `${wrong},v1=${hex("body", "old")}`;
    expect(judge(sent, { secret: ["new", "old"] })).toEqual(ACCEPTED);
    expect(judge(sent, { secret: ["new"] })).toEqual(refused(/no signature in x-sig matches/));
  });

  test.each([
    [wrong, /no signature in x-sig matches/],
    [hex("body"), /no signature that starts with "v1="/],
    [`v2=${hex("body")}`, /no signature that starts with "v1="/],
    [`V1=${hex("body")}`, /no signature that starts with "v1="/],
    [`${wrong}, v1 = ${hex("body")}`, /no signature in x-sig matches/],
    [`v1= ${hex("body")}`, /64 hex digits were expected/],
    [`${wrong} ${right}`, /no signature that starts with/],
    [`${right}0`, /64 hex digits were expected/],
    [`${`${wrong},`.repeat(16)}${right}`, /no signature in x-sig matches/],
    [[right, right], /more than once/],
    ["v1=", /no signature/],
    ["", /empty/],
  ])("refuses %j", (sent, reason) => {
    expect(judge(sent)).toEqual(refused(reason));
  });

  test("may have another separator", () => {
    expect(judge(`${wrong} ${right}`, { separator: " " })).toEqual(ACCEPTED);
    expect(judge(`${wrong} ; ${right}`, { separator: ";" })).toEqual(ACCEPTED);
  });

  test("keeps a prefix that expects a space after the separator", () => {
    expect(judge(`t=1, ${right}`, { prefix: " v1=" })).toEqual(ACCEPTED);
  });
});

describe("a timestamp beside the signature, as Stripe sends it", () => {
  const options = {
    secret: "key",
    header: "x-sig",
    prefix: "v1=",
    signatures: "list",
    timestamp: { key: "t" },
    content: "{timestamp}.{body}",
  };
  const signed = (time: number | string) => `v1=${hex(`${time}.body`)}`;
  const judge = (sent: string) => verify("hmac", options, requestWith({ "x-sig": sent }, "body"));

  test.each([0, 300, -300])("accepts one that is %i s old", (age) => {
    expect(judge(`t=${TIME - age},${signed(TIME - age)}`)).toEqual(ACCEPTED);
    expect(judge(`t=${TIME - age}, ${signed(TIME - age)}`)).toEqual(ACCEPTED);
    expect(judge(`${signed(TIME - age)} , t=${TIME - age}`)).toEqual(ACCEPTED);
  });

  test.each([
    [`t=${TIME - 301},${signed(TIME - 301)}`, /timestamp t is 301 s old, at most 300 s/],
    [`t=${TIME + 301},${signed(TIME + 301)}`, /301 s in the future/],
    [`t=${TIME - 1},${signed(TIME)}`, /no signature in x-sig matches/],
    [`${signed(TIME)}`, /holds no t=/],
    [`t=${TIME},t=${TIME - 1},${signed(TIME)}`, /holds t= more than once/],
    [`t=0${TIME},${signed(`0${TIME}`)}`, /malformed/],
    [`t=${TIME}.0,${signed(`${TIME}.0`)}`, /malformed/],
    [`t=,${signed("")}`, /malformed/],
    [`t=${TIME}`, /no signature/],
    [`t=${TIME},v0=${hex(`${TIME}.body`)}`, /no signature/],
  ])("refuses %s", (sent, reason) => {
    expect(judge(sent)).toEqual(refused(reason));
  });
});

describe("a timestamp in a header or in the body", () => {
  const judge = (headers: Headers, timestamp: object, content: string) =>
    verify(
      "hmac",
      { secret: "key", header: "x-sig", timestamp, content },
      requestWith(headers, "body"),
    );

  test("is signed with the header's value, and its age is checked", () => {
    const sent = { "x-sig": hex(`v0:${TIME}:body`), "x-time": `${TIME}` };
    const option = { header: "x-time", toleranceSeconds: 10 };
    expect(judge(sent, option, "v0:{timestamp}:{body}")).toEqual(ACCEPTED);
    const stale = { "x-sig": hex(`v0:${TIME - 11}:body`), "x-time": `${TIME - 11}` };
    expect(judge(stale, option, "v0:{timestamp}:{body}")).toEqual(refused(/11 s old/));
    const repeated = { ...sent, "x-time": [`${TIME}`, `${TIME}`] };
    expect(judge(repeated, option, "v0:{timestamp}:{body}")).toEqual(refused(/more than once/));
  });

  test.each([
    [TIME * 1000, ACCEPTED],
    [`${TIME * 1000 - 60_000}`, ACCEPTED],
    [TIME * 1000 - 60_001, refused(/61 s old, at most 60 s/)],
    [TIME * 1000 + 60_001, refused(/in the future/)],
    [TIME, refused(/old/)],
    [undefined, refused(/timestamp in the message is missing/)],
    [null, refused(/missing/)],
    [[TIME * 1000], refused(/missing/)],
    [1.5, refused(/malformed: whole milliseconds/)],
    [-1, refused(/malformed/)],
  ])("in milliseconds in the body, %j", (value, verdict) => {
    const option = { value, unit: "milliseconds", toleranceSeconds: 60 };
    expect(judge({ "x-sig": hex("body") }, option, "{body}")).toEqual(verdict);
  });

  test.each([
    [{ header: "x-time" }, "{body}", /\{timestamp\} was expected in content/],
    [undefined, "{timestamp}{body}", /so timestamp was expected/],
    [{ header: "x-time", key: "t" }, "{timestamp}", /expected only one/],
    [{ headr: "x-time" }, "{timestamp}", /unknown option headr/],
  ])("is a mistake of the script when it is %j and %s is signed", (option, content, message) => {
    const options = { secret: "key", header: "x-sig", timestamp: option, content };
    expect(() => verify("hmac", options, requestWith({ "x-sig": hex("") }, ""))).toThrow(message);
  });
});

describe("the URL and the form, as Twilio signs them", () => {
  const body = new URLSearchParams({
    To: "+18005551212",
    Digits: "1234",
    CallSid: "CA1234567890ABCDE",
    From: "+14158675309",
    Caller: "+14158675309",
  }).toString();
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const judge = (text: string, at: string | undefined, more: object = {}) => {
    const options = { secret: "12345", header: "x-sig", algorithm: "sha1", encoding: "base64" };
    const line = () => ({
      method: "POST",
      remoteAddress: "127.0.0.1",
      ...(at === undefined ? {} : { url: at }),
    });
    const request = requestWith({ "x-sig": "RSOYDt4T1cUTdK1PDd93/VVr8B8=" }, text, { line });
    return verify("hmac", { ...options, content: "{url}{form}", ...more }, request);
  };

  test("accepts the official vector, with and without the usual port", () => {
    expect(judge(body, url)).toEqual(ACCEPTED);
    expect(judge(body, url.replace(".com", ".com:443"))).toEqual(ACCEPTED);
    expect(judge(body, undefined, { url: ["https://other.example/", url] })).toEqual(ACCEPTED);
    expect(judge(`${body}&To=%2B18005551212`, url)).toEqual(ACCEPTED);
  });

  test.each([
    [body, url.replace("myapp", "MyApp"), /does not match/],
    [body, url.replace("https", "http"), /does not match/],
    [body, url.replace(".com", ".com:8443"), /does not match/],
    [body.replace("1234", "1235"), url, /does not match/],
    [`${body}&To=%2B1`, url, /does not match/],
    [`${body}&X=%zz`, url, /form is malformed/],
    [`${body}${"&a=b".repeat(1000)}`, url, /more than 1000 fields/],
    [body, undefined, /address .* is not known: set HOOKYARD_PUBLIC_URL/],
  ])("refuses %s at %s", (text, at, reason) => {
    expect(judge(text, at)).toEqual(refused(reason));
  });

  test("sorts names, then values, and counts a repeated value once", () => {
    const form = "b=2&a=z&a=y&a=z&c=&d";
    const sent = { "x-sig": hex("ayazb2cd") };
    const options = { secret: "key", header: "x-sig", content: "{form}" };
    expect(verify("hmac", options, requestWith(sent, form))).toEqual(ACCEPTED);
  });
});

describe("one field of a form, as Gitea and Gogs sign it", () => {
  const judge = (body: string, signed = '{"a":"ä b"}') => {
    const options = { secret: "key", header: "x-sig", content: "{field:payload}" };
    return verify("hmac", options, requestWith({ "x-sig": hex(signed) }, body));
  };

  test("is decoded once", () => {
    expect(judge("payload=%7B%22a%22%3A%22%C3%A4+b%22%7D")).toEqual(ACCEPTED);
    expect(judge("payload=%257B", "%7B")).toEqual(ACCEPTED);
    expect(judge("payload=a=b", "a=b")).toEqual(ACCEPTED);
  });

  test.each([
    ["payload=x", /does not match/],
    ["payload=%7B%22a%22%3A%22%C3%A4+b%22%7D&more=1", /just one field named payload/],
    ["payload=x&payload=%7B%22a%22%3A%22%C3%A4+b%22%7D", /just one field/],
    ["other=%7B%22a%22%3A%22%C3%A4+b%22%7D", /just one field/],
    ["payload=%", /malformed/],
    ["", /just one field/],
  ])("refuses %s", (body, reason) => {
    expect(judge(body)).toEqual(refused(reason));
  });
});

describe("other parts of the content", () => {
  const judge = (content: string, signed: string, rest: Partial<SignedRequest> = {}) =>
    verify(
      "hmac",
      { secret: "key", header: "x-sig", content },
      requestWith({ "x-sig": hex(signed), "x-id": "i", "x-dotted": "i.j" }, "ä😀", rest),
    );
  const line = () => ({ method: "PUT", remoteAddress: "127.0.0.1", url: "http://h/p?q" });

  test("are replaced by values of the request", () => {
    expect(judge("{body}{url}", "ä😀http://h/p?q", { line })).toEqual(ACCEPTED);
    expect(judge("{method} {url}\n{body}", "PUT http://h/p?q\nä😀", { line })).toEqual(ACCEPTED);
    expect(judge("{header:x-id}.{body}", "i.ä😀")).toEqual(ACCEPTED);
    expect(judge("{asciiBody}", "\\u00e4\\ud83d\\ude00")).toEqual(ACCEPTED);
    expect(judge("{unknown}{body}", "{unknown}ä😀")).toEqual(ACCEPTED);
  });

  test("are refused when two requests could sign the same text, or when one is missing", () => {
    expect(judge("{header:x-dotted}.{body}", "i.j.ä😀")).toEqual(refused(/holds "\."/));
    expect(judge("{url}{url}", "")).toEqual(refused(/\{url\} more than once/));
    expect(judge("{header:x-none}{body}", "ä😀")).toEqual(refused(/x-none header is missing/));
  });
});

test("a prefix of the secret is removed before it is decoded", () => {
  const options = { header: "x-sig", secretPrefix: "whsec_", secretEncoding: "base64" };
  const sent = requestWith({ "x-sig": hex("body", "secret-key") }, "body");
  for (const secret of ["whsec_c2VjcmV0LWtleQ==", "c2VjcmV0LWtleQ=="]) {
    expect(verify("hmac", { ...options, secret }, sent)).toEqual(ACCEPTED);
  }
  const asText = { header: "x-sig", secret: "whsec_secret-key" };
  expect(verify("hmac", asText, sent)).toEqual(refused(/does not match/));
});

describe("a token found elsewhere in the message", () => {
  const judge = (value: unknown, more: object = {}) =>
    verify("token", { secret: ["new", "old"], value, ...more }, requestWith({}, ""));

  test.each([
    ["old", ACCEPTED],
    ["older", refused(/^the token does not match$/)],
    ["OLD", refused(/does not match/)],
    [["old", "old"], refused(/more than once/)],
    ["", refused(/missing/)],
    [null, refused(/missing/)],
    [7, refused(/missing/)],
  ])("is judged when it is %j", (value, verdict) => {
    expect(judge(value)).toEqual(verdict);
  });

  test("is read either from a header or from another place", () => {
    expect(() => judge(undefined)).toThrow(/either header or value/);
    expect(() => judge("old", { header: "x-token" })).toThrow(/either header or value/);
    expect(judge("Key old", { prefix: "Key " })).toEqual(ACCEPTED);
    expect(judge("key old", { prefix: "Key " })).toEqual(refused(/does not start with/));
  });
});
