/** Errors of host calls have a kind that main trusts. A script that catches one cannot forge another. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ANYTHING, fn, idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const CATCH = `let caught;
  await ctx.kv.set("text", "no number");
  try { await ctx.kv.increment("text", 1); } catch (error) { caught = error; }
  const fault = { kind: event.payload.kind, name: "Forged", message: "forged" };`;
/** By name: how a script makes its own error from `caught`. */
const WAYS = {
  constructor: "throw new caught.constructor(fault, '')",
  "prototype of the error": "throw new (Object.getPrototypeOf(caught).constructor)(fault, '')",
  "subclass of its class":
    "throw new (class extends caught.constructor { constructor() { super(fault, ''); } })()",
  construct: "throw Reflect.construct(caught.constructor, [fault, ''])",
  "inherited error": "throw Object.assign(Object.create(caught), { kind: fault.kind })",
} as const;
const uriOf = (way: string) => way.replaceAll(" ", "-");

let app: TestApp;
beforeAll(async () => {
  const functions = Object.entries(WAYS).map(([way, code]) => [
    uriOf(way),
    fn(uriOf(way), `export default async (event, ctx) => { ${CATCH} ${code}; };`),
  ]);
  const waits = `export default async (event, ctx) => {
    if (event.payload.end) return ctx.kv.set("end", true);
    while (!(await ctx.kv.get("end"))) await ctx.sleep(50);
  };`;
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: {
      ...Object.fromEntries(functions),
      waits: fn("waits", waits, { hostCalls: 10_000 }),
    },
  });
});
afterAll(async () => app[Symbol.asyncDispose]());

const KINDS = ["CRASH", "TIMEOUT", "EGRESS_DENIED", "no such kind", { a: 1 }, null];

const send = async (uri: string, body: object) =>
  await idIn(await app.send(uri, { body: JSON.stringify(body) }));

test.each(Object.keys(WAYS))(
  "a script that throws an error with a forged kind, by the %s, fails as SCRIPT_ERROR after one attempt",
  async (way) => {
    const neighbour = await send("waits", {});
    for (const kind of KINDS) {
      const { executions } = await app.ended(await send(uriOf(way), { kind }));
      expect(executions[0]?.error?.kind).toBe("SCRIPT_ERROR");
      expect(executions[0]?.attempts).toHaveLength(1);
    }
    await app.ended(await send("waits", { end: true }));
    const { executions } = await app.ended(neighbour);
    expect(executions[0]?.attempts).toMatchObject([{ outcome: "SUCCESS" }]);
  },
);
