/** The typings of scripts: code that they accept and refuse, and a comparison with the objects at run time. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { idIn, type MessageView, type ScriptFolder, startTestApp } from "../support/test-app.ts";
import { typeCheck } from "../support/type-check.ts";

const script = (body: string) =>
  `import type { FunctionContext, GitHubEvent, MatchContext, WebhookEvent } from "hookyard";\n${body}`;

const onEvent = (type: string, body: string) =>
  script(`export default (event: ${type}) => { ${body} };`);
const onContext = (type: string, body: string) =>
  script(`export const run = (ctx: ${type}) => { ${body} };`);

const RIGHT: Readonly<Record<string, string>> = {
  "the-payload-of-a-push": onEvent(
    'GitHubEvent<"push">',
    "return event.payload.repository.full_name.toUpperCase() + event.payload.commits.length;",
  ),
  "one-of-several-events-told-apart": onEvent(
    'GitHubEvent<"push" | "ping">',
    'return event.eventType === "ping" ? event.payload.zen : event.payload.ref;',
  ),
  "any-event-of-github": onEvent(
    "GitHubEvent",
    'if (event.eventType === "release") return event.payload.release.tag_name; return event.id;',
  ),
  "a-github-event-is-an-event": script(
    'export const id = ({ id }: WebhookEvent) => id; export const push = (event: GitHubEvent<"push">) => id(event);',
  ),
  "a-payload-of-ones-own": onEvent(
    "WebhookEvent<{ readonly id: number }>",
    "return event.payload.id.toFixed();",
  ),
  "an-unknown-payload": onEvent("WebhookEvent", "return event.payload.what.ever[0]();"),
  "every-option-of-hmac": onContext(
    "MatchContext",
    'return ctx.verify.hmac({ secret: ctx.properties["a"], header: "x", algorithm: "sha512", encoding: "base64", prefix: "v1=", secretEncoding: "hex", content: "{body}" }).ok;',
  ),
  "fatal-is-an-error": onContext("FunctionContext", 'throw new ctx.Fatal("no", { cause: 1 });'),
};

const WRONG: Readonly<Record<string, readonly [code: string, script: string]>> = {
  "a-typo-in-a-payload": [
    "TS2551",
    onEvent('GitHubEvent<"push">', "return event.payload.repositroy;"),
  ],
  "an-event-github-does-not-have": ["TS2344", onEvent('GitHubEvent<"pusch">', "return event.id;")],
  "a-comparison-with-such-an-event": [
    "TS2367",
    onEvent("GitHubEvent", 'return event.eventType === "pusch";'),
  ],
  "a-payload-taken-for-another": [
    "TS2339",
    onEvent("WebhookEvent<{ readonly id: number }>", "return event.payload.id.toUpperCase();"),
  ],
  "an-event-that-is-changed": ["TS2540", onEvent("WebhookEvent", 'event.uri = "other";')],
  "hmac-without-its-header": [
    "TS2345",
    onContext("MatchContext", 'return ctx.verify.hmac({ secret: "x" });'),
  ],
  "hmac-with-an-unknown-encoding": [
    "TS2322",
    onContext(
      "MatchContext",
      'return ctx.verify.hmac({ secret: "x", header: "y", encoding: "base32" });',
    ),
  ],
  "hmac-with-an-unknown-option": [
    "TS2561",
    onContext("MatchContext", 'return ctx.verify.hmac({ secret: "x", header: "y", sceret: "z" });'),
  ],
  "a-typo-in-the-context": ["TS2551", onContext("FunctionContext", 'ctx.setMesage("x");')],
  "a-match-script-that-answers": ["TS2339", onContext("MatchContext", "ctx.respond({});")],
  "a-sleep-of-text": ["TS2345", onContext("FunctionContext", 'return ctx.sleep("1 s");')],
  "a-module-of-node": ["TS2591", script('import fs from "node:fs"; export default () => fs;')],
};

/** The scripts in the guides. */
function guideScripts(): Readonly<Record<string, string>> {
  const scripts = ["providers", "functions"].flatMap((folder) => {
    const blocks = readFileSync(`${folder}/README.md`, "utf8").matchAll(/```ts\n([\s\S]*?)```/g);
    return [...blocks].map(([, block = ""], index) => [`guide-${folder}-${index}`, block]);
  });
  return Object.fromEntries(scripts);
}

const wrong = Object.entries(WRONG).map(([name, [, text]]) => [name, text] as const);
const shown = guideScripts();
const checked = typeCheck({ ...RIGHT, ...shown, ...Object.fromEntries(wrong) });

test.each(Object.keys({ ...RIGHT, ...shown }))("the typings accept %s", async (name) => {
  expect((await checked)[name]).toEqual([]);
});

test.each(Object.entries(WRONG).map(([name, [code]]) => [name, code]))(
  "the typings refuse %s with %s",
  async (name, code) => {
    expect((await checked)[name]).toEqual([code]);
  },
);

test("the guides have a match script and a function", () => {
  expect(Object.keys(shown)).toEqual(["guide-providers-0", "guide-functions-0"]);
});

interface Shape {
  readonly event: readonly string[];
  readonly ctx: readonly string[];
  /** The keys of the plain objects in `ctx`. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
}

/** A script that returns the keys of its arguments. */
const RETURN_SHAPE = `const shapeOf = (event, ctx) => {
  const isPlain = (value) => typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  const parts = Object.entries(ctx).filter(([, value]) => isPlain(value));
  return {
    event: Object.keys(event),
    ctx: Object.keys(ctx),
    parts: Object.fromEntries(parts.map(([name, part]) => [name, Object.keys(part)])),
  };
};
`;
const SHAPE_PROVIDER: ScriptFolder = {
  json: { priority: 1 },
  script: `${RETURN_SHAPE}export default (event, ctx) => { ctx.log.info(JSON.stringify(shapeOf(event, ctx))); return true; };`,
};
const SHAPE_FUNCTION: ScriptFolder = {
  json: { provider: "telling", uri: "x" },
  script: `${RETURN_SHAPE}export default (event, ctx) => shapeOf(event, ctx);`,
};

/** A resubmitted message with an event type has all optional fields of an event. */
async function shapes(): Promise<{ readonly match: Shape; readonly run: Shape }> {
  await using app = await startTestApp({
    environment: { HOOKYARD_PUBLIC_URL: "https://hooks.example.org" },
    providers: { telling: SHAPE_PROVIDER },
    functions: { telling: SHAPE_FUNCTION },
  });
  const headers = { "content-type": "application/json", "flex-sync-webhook": "true" };
  const first = await idIn(await app.send("x", { headers, body: "{}" }));
  const again = await idIn(
    await app.api(`/messages/${first}/resubmit`, { method: "POST", headers, body: "{}" }),
  );
  const view = await app.ended(again);
  return { match: matchShape(view), run: view.executions[0]?.result as Shape };
}

const matchShape = (view: MessageView): Shape => JSON.parse(view.trace[0]?.logs?.[0]?.text ?? "");

const union = (keys: readonly string[]) =>
  keys.map((key) => JSON.stringify(key)).join(" | ") || "never";

const SAME = `type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : ["missing at runtime", Exclude<A, B>]) : ["missing in the typings", Exclude<A, B>, Exclude<B, A>];
/** Types with an index signature have no keys to compare. */
type SameKeys<T, Keys> = string extends keyof T ? true : Same<keyof T, Keys>;
type Required<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];
`;

/** A script that compiles only if the typings have exactly these keys. */
function assertion(context: string, { ctx, parts }: Shape, event: string): string {
  const ofParts = Object.entries(parts).map(
    ([name, keys]) =>
      `export const ${name}: SameKeys<${context}[${JSON.stringify(name)}], ${union(keys)}> = true;`,
  );
  return script(
    [
      SAME,
      `export const ctx: Same<keyof ${context}, ${union(ctx)}> = true;`,
      ...ofParts,
      event,
    ].join("\n"),
  );
}
const functionAssertion = (shape: Shape) =>
  assertion(
    "FunctionContext",
    shape,
    `export const event: Same<keyof WebhookEvent, ${union(shape.event)}> = true;`,
  );
/** Match scripts run before some fields are known. The required fields of the typings must be there. */
const matchAssertion = (shape: Shape) =>
  assertion(
    "MatchContext",
    shape,
    `export const event: Required<Omit<WebhookEvent, "payload">> extends ${union(shape.event)} ? true : false = true;
export const known: ${union(shape.event)} extends keyof WebhookEvent ? true : false = true;`,
  );

const without = (keys: readonly string[]) => keys.slice(1);
const withMore = (keys: readonly string[]) => [...keys, "notInTheTypings"];

test("the arguments of scripts have exactly the keys of the typings", async () => {
  const { match, run } = await shapes();
  const errors = await typeCheck({
    "of-a-function": functionAssertion(run),
    "of-a-match-script": matchAssertion(match),
    "less-in-ctx": functionAssertion({ ...run, ctx: without(run.ctx) }),
    "more-in-ctx": functionAssertion({ ...run, ctx: withMore(run.ctx) }),
    "less-in-event": functionAssertion({ ...run, event: without(run.event) }),
    "more-in-event": functionAssertion({ ...run, event: withMore(run.event) }),
    "less-in-a-part": functionAssertion({ ...run, parts: mutated(run.parts, without) }),
    "more-in-a-part": functionAssertion({ ...run, parts: mutated(run.parts, withMore) }),
    "less-in-match-event": matchAssertion({ ...match, event: without(match.event) }),
    "more-in-match-event": matchAssertion({ ...match, event: withMore(match.event) }),
  });
  const { "of-a-function": ofFunction, "of-a-match-script": ofMatch, ...mutants } = errors;
  expect({ ofFunction, ofMatch }).toEqual({ ofFunction: [], ofMatch: [] });
  for (const [name, codes] of Object.entries(mutants)) expect(codes, name).toContain("TS2322");
});

/** The objects in `ctx` such as `verify`. `properties` has no fixed keys. */
const mutated = (
  parts: Shape["parts"],
  change: (keys: readonly string[]) => readonly string[],
) => ({
  ...parts,
  verify: change(parts["verify"] ?? []),
});
