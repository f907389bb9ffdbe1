/** The function that every contender runs on the same push, as plain code and as a sandbox script. */
import { HookyardError } from "../../../src/errors.ts";
import type { HostServices } from "../../../src/sandbox/main/host-calls.ts";
import { keyOf, type LoadableFunction } from "../../../src/sandbox/main/loadable.ts";
import type { ScriptInput } from "../../../src/sandbox/main/run-input.ts";
import type { Sandbox } from "../../../src/sandbox/main/sandbox.ts";
import { makePush } from "../push.ts";

/** Reads the payload, so that it is parsed, and returns a small result. */
const BODY = "return { ref: event.payload.ref, commits: event.payload.commits.length };";
export const PLAIN = `(event) => { ${BODY} }`;
export const SOURCE = `export default (event) => { ${BODY} };\n`;
export const WAITING = "export default async (event, ctx) => { await ctx.sleep(60_000); };\n";

export const BODY_TEXT = makePush().body;

export const INPUT: ScriptInput = {
  head: JSON.stringify({
    id: "0",
    method: "POST",
    uri: "push",
    headers: {},
    query: {},
    remoteAddress: "127.0.0.1",
    contentType: "application/json",
  }),
  headers: "[]",
  body: Buffer.from(BODY_TEXT),
  judgedAt: 0,
};

const refuse = () => {
  throw new Error("nothing here calls the host");
};
const SERVICES: HostServices = {
  fetch: refuse,
  kv: { get: refuse, set: refuse, delete: refuse, increment: refuse },
};
export const OPTIONS = { alone: false, services: SERVICES };

const LIMITS = {
  timeoutMs: 120_000,
  cpuMs: 5000,
  memoryMb: 64,
  outputKb: 256,
  logKb: 64,
  hostCalls: 50,
  hostCallsAtOnce: 5,
};

/** A function as the sandbox loads it; `name` distinguishes functions with the same code. */
export async function loadableOf(
  sandbox: Sandbox,
  name: string,
  draft: { readonly source: string; readonly isolation: "warm" | "fresh" },
): Promise<LoadableFunction> {
  const filename = `functions/${name}/index.ts`;
  const { source, isolation } = draft;
  const checked = await sandbox.check({ role: "function", filename, source, properties: {} });
  if (checked.fault !== undefined)
    throw new HookyardError("sandbox_unusable", checked.fault.message);
  const { code, style } = checked;
  const spec = {
    filename,
    code,
    style,
    modules: {},
    properties: {},
    secrets: [],
    limits: LIMITS,
    isolation,
  };
  return { key: keyOf(spec), spec, source: { source, modules: {} } };
}
