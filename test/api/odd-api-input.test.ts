/** Each call of the API answers any input. Input that it cannot use is refused with the value that was found. */

import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AdminDeps, adminEndpoints } from "../../src/admin/api-router.ts";
import type { Endpoint } from "../../src/admin/endpoint.ts";
import type { Json } from "../support/json.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

let app: TestApp;
let id: string;

beforeAll(async () => {
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: {
      echo: fn("x", "export default (event) => event.headers;"),
      deep: fn(
        "deep",
        "export default () => { let deep = []; for (let n = 0; n < 4000; n++) deep = [deep]; return deep; };",
      ),
    },
  });
  id = await idIn(await app.send("x", { body: "{}" }));
  await app.ended(id);
});
afterAll(() => app[Symbol.asyncDispose]());

async function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${app.url}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body,
  });
  return { status: response.status, json: (await response.json()) as Json };
}

const resubmit = (body: object) => post(`/messages/${id}/resubmit`, JSON.stringify(body));
const tryOut = (request: object, further: object = {}) =>
  post("/test-runs", JSON.stringify({ function: "echo", request, ...further }));

const VALUES = [
  ["a line end", "a\r\nx-admin: 1"],
  ["a carriage return", "a\rb"],
  ["a new line at its end", "a\n"],
  ["NUL", "a\0b"],
  ["a control character", "a\u007fb"],
  ["a character that no byte stands for", "a\u0100"],
  ["half a character", "\ud800"],
] as const;

test("an answer with more problems than its limit summarizes the rest", async () => {
  const headers = Array.from({ length: 200_000 }, () => 0);
  const { status, json } = await tryOut({ uri: "x", headers });
  expect(status).toBe(400);
  expect(json.detail).toMatch(/and \d+ more problems$/);
  expect(json.detail.length).toBeLessThan(10_000);
});

test.each(VALUES)("a header whose value has %s is refused with its name", async (_, value) => {
  const canned = { answers: [{ url: "https://a.example/", headers: { "x-odd": value } }] };
  const answers = await Promise.all([
    resubmit({ headers: { "x-odd": value } }),
    resubmit({ headers: { "x-fine": "1", "x-odd": value }, body: "b" }),
    tryOut({ headers: { "x-odd": value } }),
    tryOut({ headers: { "x-odd": ["fine", value] } }),
    tryOut({ headers: [["x-odd", value]] }),
    tryOut({}, canned),
  ]);
  for (const { status, json } of answers) {
    expect([status, json.code]).toEqual([422, "invalid_message"]);
    expect(json.detail).toContain('"x-odd"');
    expect(json.detail).toMatch(/U\+[0-9A-F]{4}/);
  }
});

test.each(["", "a b", "a:b", "a\nb", "ä", "\ud800", "a\0"])(
  "the header name %j is refused",
  async (name) => {
    for (const { status, json } of [
      await resubmit({ headers: { [name]: "1" } }),
      await tryOut({ headers: { [name]: "1" } }),
      await tryOut({ headers: [[name, "1"]] }),
      await tryOut({}, { answers: [{ url: "https://a.example/", headers: { [name]: "1" } }] }),
    ]) {
      expect([status, json.code]).toEqual([422, "invalid_message"]);
      expect(json.detail).toContain("header name");
    }
  },
);

test("headers that a sender could send are accepted", async () => {
  const headers = {
    "x-tab": "a\tb",
    "x-latin": "grün",
    "x-empty": "",
    "x-long": "y".repeat(60_000),
  };
  expect((await resubmit({ headers })).status).toBe(202);
  expect((await tryOut({ headers })).json.result).toMatchObject(headers);
  const more = { ...headers, "x-more": "y".repeat(10_000) };
  expect((await resubmit({ headers: more })).status).toBe(422);
});

const nested = (levels: number, open: string, close: string) =>
  `${open.repeat(levels)}${close.repeat(levels)}`;

const DEEP: readonly (readonly [string, string])[] = [
  ["lists", nested(20_000, "[", "]")],
  ["objects", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
  ["lists in objects", `${'{"a":['.repeat(10_000)}${"]}".repeat(10_000)}`],
  [
    "lists behind texts that look like their ends",
    `${'["]",'.repeat(20_000)}1${"]".repeat(20_000)}`,
  ],
  ["lists behind escaped quotes", `${'["\\"]",'.repeat(20_000)}1${"]".repeat(20_000)}`],
  ["just too many lists", nested(201, "[", "]")],
];
const PLACES: readonly (readonly [path: string, body: (deep: string) => string])[] = [
  ["/messages/ID/resubmit", (deep) => `{"body":${deep}}`],
  ["/test-runs", (deep) => `{"function":"echo","request":{"body":${deep}}}`],
  ["/test-runs", (deep) => `{"function":{"name":"x","http":${deep}},"request":{}}`],
  [
    "/test-runs",
    (deep) => `{"function":"echo","request":{},"answers":[{"url":"x","body":${deep}}]}`,
  ],
  ["/backtests", (deep) => `{"providers":[{"name":"x","when":${deep}}]}`],
  ["/providers", (deep) => `{"name":"x","script":"","properties":${deep}}`],
];
test.each(DEEP)(
  "JSON that is nested too deep, with %s, is refused with its depth",
  async (_, deep) => {
    for (const [path, body] of PLACES) {
      const { status, json } = await post(path.replace("ID", id), body(deep));
      expect([path, status, json.code]).toEqual([path, 422, "invalid_message"]);
      expect(json.detail).toContain("nested more than 200 levels deep");
    }
  },
);

test("brackets inside strings do not count as depth", async () => {
  const body = nested(20_000, "[", "]");
  const { status, json } = await resubmit({ body });
  expect(status).toBe(202);
  expect((await app.ended(json.messageId)).status).toBe("SUCCESS");
  const tried = await tryOut({ body, headers: { "content-type": "text/plain" } });
  expect(tried.json.outcome).toBe("SUCCESS");
});

test("JSON with too many values is refused before it is parsed", async () => {
  const { status, json } = await resubmit({ body: Array.from({ length: 1_000_001 }, () => 0) });
  expect([status, json.code]).toEqual([422, "invalid_message"]);
  expect(json.detail).toContain("1000000 values");
});

test("a function may return a value that is nested deeper than an answer of the API may be", async () => {
  const sent = await app.send("deep");
  const view = await app.ended(await idIn(sent));
  expect(["SUCCESS", "FAILED"]).toContain(view.status);
  const tried = await post("/test-runs", JSON.stringify({ function: "deep", request: {} }));
  expect(tried.status).toBe(200);
});

test.each([
  ["uri", "a\ud800b"],
  ["uri", "a\nb"],
  ["query", "a=\0"],
  ["query", "a=\udc00"],
  ["uri", "x".repeat(20_000)],
])("a %s that no sender could send, such as %j, is refused", async (part, value) => {
  const { status, json } = await tryOut({ [part]: value });
  expect([status, json.code]).toEqual([422, "invalid_message"]);
  expect(json.detail).toContain(`request.${part}`);
});

test("a body with an unpaired surrogate is refused", async () => {
  for (const body of ["a\ud800", { text: "\udfff" }, { "\ud800": 1 }]) {
    // A body that is an object becomes JSON, which writes unpaired surrogates as escapes.
    const expected = typeof body === "string" ? 422 : 202;
    expect((await resubmit({ body })).status).toBe(expected);
  }
  expect((await tryOut({ body: "\ud800" })).status).toBe(422);
});

test("keys with a meaning in JavaScript stay data in a body", async () => {
  const body = '{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3}';
  const script = "export default (event) => event.rawBody;";
  const { json } = await post(
    "/test-runs",
    `{"function":"echo","script":${JSON.stringify(script)},"request":{"body":${body}}}`,
  );
  expect(json.result).toBe(body);
});

test.each([
  ["not JSON", "{", {}],
  ["two values", "1 2", {}],
  ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), {}],
  ["a charset that there is not", "{}", { "content-type": "application/json; charset=klingon" }],
])("a body that is %s is refused and not repeated", async (_, body, headers) => {
  const { status, json } = await post("/tokens", body, headers);
  expect([400, 415]).toContain(status);
  expect(JSON.stringify(json)).not.toContain("Unexpected");
});

/** The test reads only the definitions of these endpoints. */
const endpoints = adminEndpoints({ maxBodyBytes: 1 } as AdminDeps).filter(
  ({ body }) => body !== undefined,
);
/** Bulk resubmissions only count: their copies would be resubmitted by the next call. */
const pathOf = ({ path }: Endpoint) =>
  (path === "/messages/resubmit" ? `${path}?dryRun=true` : path)
    .replace(/:id\b/g, id)
    .replace(/:number\b/g, "1")
    .replace(/:\w+/g, "anything");

/** The keys that bodies have, so that odd values pass the check of unknown keys. */
const NAMES = (
  "name script body headers function provider providers functions request uri query method answers url filter q last " +
  "order expiresAt permissions value values messageId effects http allow properties retry scripts status"
).split(" ");
const ODD = [
  ..."\0 \ud800 %00 __proto__ ../.. {} [] -0 1e999 NaN".split(" "),
  "",
  "x".repeat(70_000),
];
const odd = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1e21,
      2 ** 53,
      ...ODD,
      ...NAMES,
      "echo",
      "anything",
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(...NAMES, "__proto__", "constructor", "toString", "", "\ud800"),
      tie("value"),
      { maxKeys: 5 },
    ),
  ),
})).value;

describe("an odd body never makes the server fail", () => {
  test.each(endpoints.map((one) => [`${one.method} ${one.path}`, one] as const))(
    "%s",
    async (_, endpoint) => {
      const answered = async (body: unknown) => {
        const response = await fetch(`${app.url}/api/v1${pathOf(endpoint)}`, {
          method: endpoint.method.toUpperCase(),
          headers: { authorization: `Bearer ${TOKEN}` },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        expect(response.status, text).toBeLessThan(500);
        if (response.status >= 400) expect(JSON.parse(text)).toHaveProperty("code");
      };
      await fc.assert(fc.asyncProperty(odd, answered), { numRuns: 30, seed: 20_261 });
      for (const name of NAMES)
        await Promise.all(
          [{ toString: 1 }, { name: { toString: null } }, [[]], "\ud800", null].map((value) =>
            answered({ [name]: value }),
          ),
        );
    },
    60_000,
  );
});

test("odd paths and queries never make the server fail", async () => {
  const targets = `/messages/%00 /messages/%ff /messages/% /messages?q=%00 /messages?q=a&q=b
    /messages?cursor=%00 /messages?limit[]=1 /messages?__proto__=1
    /messages?from=9999999999 /audit?target=%ed%a0%80 /messages/events?uri[a]=b
    /providers/__proto__ /functions/constructor/versions/99999999999999999999
    /backtests/..%2f.. /tokens/%ed%a0%80 /messages?uri=%5c%22%00`.split(/\s+/);
  for (const target of targets) {
    const status = await new Promise<number>((resolve, reject) => {
      const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
      socket.on("error", reject);
      socket.once("data", (chunk) => {
        resolve(Number(/^HTTP\/1.1 (\d+)/.exec(chunk.toString("latin1"))?.[1]));
        socket.destroy();
      });
      socket.write(
        `GET /api/v1${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`,
      );
    });
    expect([target, status < 500]).toEqual([target, true]);
  }
});
