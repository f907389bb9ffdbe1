/** Runs the same script in an isolate and in Node, and compares the results. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { keyOf } from "../../src/sandbox/main/loadable.ts";
import type { ScriptInput } from "../../src/sandbox/main/run-input.ts";
import { type RunEnd, Sandbox } from "../../src/sandbox/main/sandbox.ts";
import { prepareScript } from "../../src/sandbox/script/script.ts";
import type { ChildScript } from "../../src/sandbox/wire/protocol.ts";

const LIMITS = {
  timeoutMs: 20_000,
  cpuMs: 20_000,
  memoryMb: 128,
  outputKb: 1024,
  logKb: 64,
  hostCalls: 50,
  hostCallsAtOnce: 1,
};

const refuse = () => {
  throw new Error("nothing here calls the host");
};
const OPTIONS = {
  alone: false,
  services: { fetch: refuse, kv: { get: refuse, set: refuse, delete: refuse, increment: refuse } },
};

/** Random inputs of a test, and the number of inputs per run. */
const INPUTS = 2000;
const BATCH = 100;

export interface Isolates extends AsyncDisposable {
  /** What a function returns; throws when it fails. Equal sources share a warm isolate. */
  run(source: string, payload?: unknown): Promise<unknown>;
  /** The outcome of a run. `alone`: in its own process. */
  end(source: string, payload?: unknown, alone?: boolean): Promise<RunEnd>;
  /** The log lines of a match script. Calls with the same source share one isolate. */
  decide(source: string): Promise<readonly string[]>;
}

function inputOf(payload: unknown): ScriptInput {
  const head = { id: "1", method: "POST", headers: {}, query: {}, remoteAddress: "" };
  return {
    head: JSON.stringify({ ...head, contentType: "application/json" }),
    headers: "[]",
    body: Buffer.from(JSON.stringify(payload)),
    judgedAt: 0,
  };
}

async function scriptOf(source: string): Promise<ChildScript> {
  const prepared = await prepareScript(source, []);
  if ("kind" in prepared) throw new Error(prepared.message);
  const { style, code } = prepared;
  const filename = "functions/one/index.ts";
  return { style, code, filename, modules: {}, properties: {}, secrets: [] };
}

export function startIsolates({ processes = 1, memoryMb = LIMITS.memoryMb } = {}): Isolates {
  const sandbox = new Sandbox({ processes, log: createLogger("silent") });
  const end = async (source: string, payload: unknown = null, alone = false): Promise<RunEnd> => {
    const spec = {
      ...(await scriptOf(source)),
      limits: { ...LIMITS, memoryMb },
      isolation: "warm",
    } as const;
    const fn = { key: keyOf(spec), spec, source: { source, modules: {} } };
    return sandbox.run(fn, inputOf(payload), { ...OPTIONS, alone });
  };
  return {
    end,
    run: async (source, payload) => {
      const ended = await end(source, payload);
      if ("interrupted" in ended || ended.fault !== undefined)
        throw new Error(`the run failed: ${JSON.stringify(ended)}`);
      return JSON.parse(ended.result ?? "null");
    },
    decide: async (source) => {
      const spec = { ...(await scriptOf(source)), name: "one", verifies: false };
      const set = [{ key: keyOf(spec), spec, source: { source, modules: {} } }];
      const { entries } = await sandbox.decide(set, inputOf(null), {
        verify: false,
        candidates: [{ provider: 0 }],
      });
      if (entries[0]?.error !== undefined) throw new Error(JSON.stringify(entries[0].error));
      return (entries[0]?.logs ?? []).map(({ text }) => text);
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

/** Serializes any value, and keeps differences that JSON loses. */
const SHOW = `
const show = (value, path = []) => {
  if (value === undefined) return "undefined";
  if (typeof value === "bigint") return "bigint " + value;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
  if (typeof value === "function" || typeof value === "symbol") return "a " + typeof value;
  if (typeof value !== "object" || value === null) return value;
  if (path.includes(value)) return "cycle " + path.indexOf(value);
  const inner = [...path, value];
  const parts = {};
  for (const key of Object.keys(value)) parts["." + key] = show(value[key], inner);
  const shown = { tag: Object.prototype.toString.call(value), type: Object.getPrototypeOf(value)?.constructor?.name, parts };
  if (Array.isArray(value)) shown.length = value.length;
  if (value instanceof Map || value instanceof Set) shown.entries = [...value].map((one) => show(one, inner));
  if (value instanceof Date) shown.time = show(value.getTime());
  if (value instanceof RegExp) shown.regexp = [value.source, value.flags, value.lastIndex];
  if (value instanceof ArrayBuffer) shown.bytes = [...new Uint8Array(value)].concat("of", value.maxByteLength);
  if (ArrayBuffer.isView(value)) shown.view = [value.byteOffset, value.byteLength, show(value.buffer)];
  if (value instanceof Error) {
    shown.error = [value.name, value.message, value.stack === undefined];
    if ("cause" in value) shown.cause = show(value.cause, inner);
  }
  for (const Box of [Number, String, Boolean, BigInt]) if (value instanceof Box) shown.boxed = show(value.valueOf());
  return shown;
};
const outcome = (make) => {
  try { return { value: show(make()) }; }
  catch (thrown) {
    if (!(thrown instanceof Error)) return { thrown: show(thrown) };
    return { error: thrown.name, type: thrown.constructor.name, code: typeof thrown.code === "number" ? thrown.code : undefined };
  }
};
`;

/** A script that calls the function `body` for each input and maps `outcome` over the results. */
export const mapper = (body: string): string =>
  `${SHOW}\nconst body = ${body};\nexport default (event) => event.payload.map((input) => outcome(() => body(input)));\n`;

/** A script that evaluates each snippet, an expression. */
export const table = (snippets: readonly string[]): string =>
  `${SHOW}\nconst snippets = [\n${snippets.map((one) => `() => (${one}),`).join("\n")}\n];\n` +
  "export default () => snippets.map(outcome);\n";

/** The same in Node. */
export async function runInNode(source: string, payload: unknown = null): Promise<unknown> {
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`;
  const module: { default: (event: unknown) => unknown } = await import(/* @vite-ignore */ url);
  return JSON.parse(
    JSON.stringify(await module.default({ payload: JSON.parse(JSON.stringify(payload)) })),
  );
}

/** Expects the same result as in Node for every snippet, and names the snippets that differ. */
export async function compareTable(isolates: Isolates, snippets: readonly string[]): Promise<void> {
  const source = table(snippets);
  const name = (outcomes: unknown) =>
    Object.fromEntries(Array.from(Object(outcomes), (one, at) => [`${at} ${snippets[at]}`, one]));
  expect(name(await isolates.run(source))).toEqual(name(await runInNode(source)));
}

/** Tests many random inputs in a few runs, because a run costs more than an input. A failure names its seed. */
export async function compareRandom<T>(
  isolates: Isolates,
  arbitrary: fc.Arbitrary<T>,
  body: string,
): Promise<void> {
  const source = mapper(body);
  const seed = Date.now();
  const inputs = fc.sample(arbitrary, { numRuns: INPUTS, seed });
  for (let from = 0; from < INPUTS; from += BATCH) {
    const batch = inputs.slice(from, from + BATCH);
    const ours = Object(await isolates.run(source, batch));
    const theirs = Object(await runInNode(source, batch));
    expect([ours.length, theirs.length]).toEqual([BATCH, BATCH]);
    // Compares single inputs, so that a failure shows only the input that differs.
    for (const [at, input] of batch.entries()) {
      if (isDeepStrictEqual(ours[at], theirs[at])) continue;
      expect({ seed, input, outcome: ours[at] }).toEqual({ seed, input, outcome: theirs[at] });
    }
  }
}
