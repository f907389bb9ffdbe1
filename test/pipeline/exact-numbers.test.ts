/** Integers beyond 2^53 are never a delivery id once they are rounded, and are exact for scripts that request it. */
import { expect, test } from "vitest";
import { startServer } from "../support/egress-server.ts";
import { SharedApp } from "../support/shared-app.ts";
import { idIn, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();

/** Returns the value that `x-pick` names as the delivery id. */
const MATCH = (name: string) => `const picks = {
    number: ({ payload }) => payload.id,
    text: ({ payload }) => String(payload.id),
    template: ({ payload }) => \`order \${payload.id}/a\`,
    list: ({ payload }) => [payload.id],
    joined: ({ payload }) => ["a", payload.id].join("-"),
    glued: ({ payload }) => \`evt\${payload.id}x\`,
    underscore: ({ payload }) => "evt_" + payload.id,
    digits: ({ payload }) => \`17\${payload.id}\`,
    composed: ({ payload }) => \`\${payload.at}\${payload.id}\`,
  };
  export default (event) => event.uri === "${name}";
  export const deliveryId = (event) => picks[event.headers["x-pick"]]?.(event);`;

const SHOW = `export default async (event, ctx) => {
  const { id, list, small, half, huge } = event.payload;
  await ctx.kv.set("id", { id });
  const kept = await ctx.kv.get("id");
  ctx.log.info("id", id, { id });
  ctx.setMessage(\`id \${id}\`);
  ctx.respond({ body: { id, kept, same: kept.id === id } });
  return {
    ids: [id, ...list], types: [id, ...list, small, half, huge].map((one) => typeof one).join(),
    json: JSON.stringify({ id }), next: typeof id === "bigint" ? id + 1n : id, twice: small * 2,
  };
};`;

const definition = (uri: string, json: object, script: string) => ({
  json: { provider: uri, uri, ...json },
  script,
});

const EXACT = { numbers: "exact" };
const SCRIPTS = {
  providers: {
    rounded: { json: { priority: 1, dedupe: 600 }, script: MATCH("rounded") },
    exact: { json: { priority: 2, dedupe: 600, ...EXACT }, script: MATCH("exact") },
  },
  functions: {
    rounded: definition("rounded", {}, "export default (event) => event.rawBody;"),
    exact: definition("exact", EXACT, SHOW),
  },
};

const ID = "7615917337495251231";
const OTHER = "7615917337495251232";

async function send(app: TestApp, uri: string, pick: string, body: string) {
  const response = await app.send(uri, { body, headers: { "x-pick": pick } });
  return await app.ended(await idIn(response));
}

const warningOf = ({ trace }: Awaited<ReturnType<typeof send>>) =>
  trace.find(({ matched }) => matched)?.warning;

test.each(["number", "text", "template", "list", "joined", "glued", "underscore", "digits"])(
  "a rounded number, as %s, is no delivery id: no message is lost, and the trace says so",
  async (pick) => {
    const app = await shared.with(SCRIPTS);
    const tooLarge = pick === "list" ? [] : ["1e400", "-1E999"];
    const long = [ID, OTHER, ID, "-9007199254740993", `9${"0".repeat(30)}1`];
    for (const digits of [...long, ...tooLarge]) {
      const view = await send(app, "rounded", pick, `{"id":${digits}}`);
      expect(view).toMatchObject({ status: "SUCCESS", deliveryId: null });
      expect(warningOf(view)).toMatch(
        /^the delivery id is a rounded number, so this message is never a duplicate: .*"numbers": "exact"/s,
      );
    }
  },
);

test("exact numbers, and digits that the request contains, are delivery ids", async () => {
  const app = await shared.with(SCRIPTS);
  const bodies = ["4503599627370497", "-12", '"7615917337495251000"', '"10000000000000000"', "1.5"];
  for (const [at, digits] of bodies.entries()) {
    const body = `{"id":${digits}}`;
    for (const pick of ["text", "template", "glued"]) {
      const first = await send(app, "rounded", pick, body);
      expect([at, warningOf(first)]).toEqual([at, undefined]);
      expect(await send(app, "rounded", pick, body)).toMatchObject({
        status: "DUPLICATE",
        duplicateOf: first.id,
      });
    }
  }
});

test("digits with leading zeros elsewhere in the request are no rounded delivery id", async () => {
  const app = await shared.with(SCRIPTS);
  const body = `{"id":"1204567890123456789","before":"${"0".repeat(40)}","span":"0000000000000012"}`;
  const first = await send(app, "rounded", "text", body);
  expect([first.deliveryId, warningOf(first)]).toEqual(["1204567890123456789", undefined]);
  expect(await send(app, "rounded", "text", body)).toMatchObject({ status: "DUPLICATE" });
});

test("digits that a script puts together from short numbers are a delivery id", async () => {
  const app = await shared.with(SCRIPTS);
  const body = '{"at":1700000000000,"id":1230}';
  const first = await send(app, "rounded", "composed", body);
  expect([first.deliveryId, warningOf(first)]).toEqual(["17000000000001230", undefined]);
  expect(await send(app, "rounded", "composed", body)).toMatchObject({ status: "DUPLICATE" });
});

test('with "numbers": "exact" ids are distinguished by all of their digits', async () => {
  const app = await shared.with(SCRIPTS);
  // For the last body match scripts get an excerpt.
  for (const [pick, padding] of [
    ["number", 1],
    ["template", 1],
    ["joined", 1_100_000],
  ] as const) {
    const rest = `"list":[],"small":1,"padding":"${"x".repeat(padding)}"`;
    const sendId = (digits: string) => send(app, "exact", pick, `{"id":${digits},${rest}}`);
    const [one, other, again] = [await sendId(ID), await sendId(OTHER), await sendId(OTHER)];
    const shown = { number: ID, template: `order ${ID}/a`, joined: `a-${ID}` };
    expect(one.deliveryId).toBe(shown[pick]);
    expect([one, other].map(({ status }) => status)).toEqual(["SUCCESS", "SUCCESS"]);
    expect(again).toMatchObject({ status: "DUPLICATE", duplicateOf: other.id });
    expect(warningOf(one) ?? "").not.toContain("rounded");
  }
});

test.each([
  ["JSON", "application/json", (json: string) => json],
  [
    "a form",
    "application/x-www-form-urlencoded",
    (json: string) => `payload=${encodeURIComponent(json)}`,
  ],
])(
  "a function with exact numbers sees, prints and writes the same digits: %s",
  async (_, type, bodyOf) => {
    const app = await shared.with(SCRIPTS);
    const json = `{"id":${ID},"list":[-${OTHER},9007199254740992,9007199254740991],"small":21,"half":12345678901234567.5,"huge":1e300}`;
    const response = await app.send("exact", {
      headers: { "content-type": type, "flex-sync-webhook": "true" },
      body: bodyOf(json),
    });
    expect([response.status, await response.text()]).toEqual([
      200,
      `{"id":${ID},"kept":{"id":${ID}},"same":true}`,
    ]);
    const id = response.headers.get("location")?.split("/").at(-1) ?? "";
    const shown = await (await app.api(`/messages/${id}`)).text();
    expect(shown).toContain(
      `"result":{"ids":[${ID},-${OTHER},9007199254740992,9007199254740991],"types":"bigint,bigint,bigint,number,number,number,number","json":"{\\"id\\":${ID}}","next":${OTHER},"twice":42}`,
    );
    expect(JSON.parse(shown)).toMatchObject({
      message: `id ${ID}`,
      executions: [{ logs: [{ text: `id ${ID} {"id":${ID}}` }, { text: `id ${ID}` }] }],
    });
  },
);

test("exact numbers change nothing for JSON that is nested deeply or that is not JSON", async () => {
  const app = await shared.with(SCRIPTS);
  app.writeFunction("exact", {
    json: { provider: "exact", uri: "exact", ...EXACT },
    script: `export default (event) => {
      let [depth, inner] = [0, event.payload];
      while (Array.isArray(inner)) [depth, inner] = [depth + 1, inner[0]];
      return [depth, typeof inner];
    };`,
  });
  await expect
    .poll(() => app.app.registry().functions.get("exact")?.script.source)
    .toContain("depth");
  for (const [body, result] of [
    [`${"[".repeat(50_000)}${ID}${"]".repeat(50_000)}`, [50_000, "bigint"]],
    [`[[${ID}, "${ID}", {"${ID}": [1.${ID}, 1e-00000000000000001, "\\"", ${ID}]}]]`, [2, "bigint"]],
    [`[0${ID}]`, [0, "string"]],
    [`[${ID}`, [0, "string"]],
  ] as const) {
    const view = await send(app, "exact", "none", body);
    expect(view.executions[0]?.result).toEqual(result);
  }
});

test.each([
  ["long numbers", `{"id":${ID},"more":[1.0,1E2,-0, ${OTHER}]}`],
  ["white space and escapes", '{ "a" :\n [ "\\u0041\\"}" ,{"b]":"\\\\"} ] }'],
  ["order, repeats and odd keys", '{"2":1,"1":2,"a":1,"a":2,"__proto__":{"x":1}}'],
  ["a list", `[${ID}]`],
  ["a number", ID],
  ["a number beyond all doubles", "1e400"],
  ["a list with it", '[{"a":1e400},-1E999]'],
  ["null", "null"],
])("a resubmitted body given as JSON keeps its text: %s", async (_, body) => {
  const app = await shared.with(SCRIPTS);
  const first = await send(app, "rounded", "none", "{}");
  const response = await app.api(`/messages/${first.id}/resubmit`, {
    method: "POST",
    body: ` {"headers" : {"x-a":"}"}, "body": ${body} , "functions":["rounded"]}`,
  });
  const copy = await app.ended(await idIn(response));
  expect(copy).toMatchObject({ status: "SUCCESS", executions: [{ result: body }] });
  expect(await (await app.api(`/messages/${copy.id}/body`)).text()).toBe(body);
});

test("a test run gets the request as it was written", async () => {
  const app = await shared.with(SCRIPTS);
  const run = async (body: string) =>
    await (await app.api("/test-runs", { method: "POST", body })).text();
  const text = `{"id": ${ID}, "list":[]}`;
  expect(await run(`{"function":"rounded","request":{"body":${text}}}`)).toContain(
    JSON.stringify(text),
  );
  expect(await run(`{"function":"exact","request":{"body":${text}}}`)).toContain(`"ids":[${ID}]`);
});

test("an unknown value of numbers is refused with its name", async () => {
  const app = await shared.with(SCRIPTS);
  const response = await app.api("/functions", {
    method: "POST",
    body: JSON.stringify({
      name: "odd",
      provider: "rounded",
      uri: "odd",
      numbers: "all",
      script: "export default () => 1;",
    }),
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toMatch(/numbers/);
});

test.each([
  ["rounded", {}, "7615917337495251000"],
  ["exact", EXACT, ID],
])("the JSON of another server has numbers that are %s", async (_, numbers, id) => {
  await using server = await startServer((_request, response) => {
    response.end(`{"id":${ID},"small":1}`);
  });
  const http = { allow: [server.origin], privateNetworks: ["127.0.0.0/8"] };
  const script = `export default async (event, ctx) => {
    const { id, small } = await (await ctx.http.fetch(${JSON.stringify(server.origin)})).json();
    return [String(id), typeof small];
  };`;
  const app = await shared.with({
    ...SCRIPTS,
    functions: { fetches: definition("rounded", { ...numbers, http }, script) },
  });
  const view = await send(app, "rounded", "none", "{}");
  expect(view.executions[0]?.result).toEqual([id, "number"]);
});
