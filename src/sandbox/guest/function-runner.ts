/**
 * Runs one function on one event at a time. Every entry comes from the host, with its own time limit, and ends without
 * leaving a promise across the boundary: `invoke` starts a run, `deliver` hands it the answer of a host call, and the
 * run itself posts `done`. A loop after an `await` is therefore stopped like any other.
 */
import type { MatchContext } from "../hookyard.d.ts";
import { OutputLimit } from "./answer.ts";
import { hostPost } from "./bridge.ts";
import { type EventHead, makeEvent } from "./event.ts";
import { describeThrown } from "./fault.ts";
import { flexDeployArguments, flexDeployShared } from "./flexdeploy.ts";
import { Fatal, makeContext, type Sayings, setMessage } from "./function-context.ts";
import { harden, watchRegExp } from "./harden.ts";
import { consoleObject, writeLog } from "./logbook.ts";
import { crypto, makeTools, type Properties } from "./toolbox.ts";

type Entry = (...args: readonly unknown[]) => unknown;

interface Installed {
  readonly run: Entry;
  readonly style: "module" | "flexdeploy";
  readonly uses: readonly string[];
  readonly properties: Properties;
  readonly tools: MatchContext;
}

const { parse, stringify } = JSON;
/** Longer results are refused before they leave the isolate: a giant string would be copied into the host. */
const MAX_RESULT = 256 * 1024;

let installed: Installed | undefined;
const waiting = new Map<number, (answer: string) => void>();
let lastCall = 0;

const pending = {
  open(settle: (answer: string) => void): number {
    lastCall += 1;
    waiting.set(lastCall, settle);
    return lastCall;
  },
};

harden({ console: consoleObject }, false, [crypto, Fatal, flexDeployShared]);
const isRegExpPristine = watchRegExp();

/** Takes the script's namespace. Returns its exports, and a complaint when there is nothing to run. */
export function install(namespace: { readonly default?: unknown }, specText: string): string {
  const exports = Object.keys(namespace);
  const run = namespace.default;
  if (typeof run !== "function") {
    const found = run === undefined ? "missing" : `of type ${typeof run}`;
    const complaint = `the default export is ${found}, a function was expected: export default async function (event, ctx) { … }`;
    return stringify({ exports, complaint });
  }
  const spec = parse(specText);
  installed = { run: run as Entry, tools: makeTools(spec.properties), ...spec };
  return stringify({ exports });
}

export function invoke(headText: string): void {
  waiting.clear();
  void run(parse(headText));
}

export function deliver(call: number, answer: string): void {
  const settle = waiting.get(call);
  waiting.delete(call);
  settle?.(answer);
}

async function run(head: EventHead): Promise<void> {
  const said: Sayings = {};
  try {
    const result = await callScript(head, said);
    finish({ ...said, ...serialise(result) });
  } catch (thrown) {
    const { message: _, ...rest } = said;
    finish({
      ...rest,
      fault: {
        kind: thrown instanceof OutputLimit ? "OUTPUT_LIMIT" : "SCRIPT_ERROR",
        ...describeThrown(thrown),
      },
      fatal: thrown instanceof Fatal,
    });
  }
}

/** `left` counts host calls nobody waited for: with some left, or something changed, the isolate is not used again. */
function finish(report: object): void {
  hostPost("done", stringify({ report, left: waiting.size, pristine: isRegExpPristine() }));
}

async function callScript(head: EventHead, said: Sayings): Promise<unknown> {
  if (installed === undefined) throw new Error("no function is installed");
  const { run: script, style, tools } = installed;
  const event = makeEvent(head, false);
  if (style === "module") return await script(event, makeContext(event, tools, said, pending));
  const log = { write: writeLog, setMessage: (text: unknown) => setMessage(said, text) };
  return await script(...flexDeployArguments(event, log, installed));
}

function serialise(result: unknown): object {
  const text = stringify(result);
  if (text === undefined) return {};
  if (text.length <= MAX_RESULT) return { result: text };
  const message = `the result has ${text.length} characters as JSON, at most ${MAX_RESULT} are kept`;
  return { fault: { kind: "OUTPUT_LIMIT", name: "OutputLimit", message, stack: "" } };
}
