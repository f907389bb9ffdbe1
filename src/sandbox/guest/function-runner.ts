/**
 * Runs one function on one event at a time. Every entry comes from the host, with its own time limit, and leaves no
 * promise across the boundary: `invoke` starts a run, `deliver` passes it the answer to a host call, and the run
 * posts `done`. A loop after an `await` is therefore stopped like any other.
 */
import type { FailureKind } from "../../model/failure-kind.ts";
import type { LogLevel } from "../../model/outcome.ts";
import type { MatchContext } from "../hookyard.d.ts";
import type { RunDone } from "../wire/guest-posts.ts";
import { OutputLimit } from "./answer.ts";
import { hostPost } from "./bridge.ts";
import { BODY, type EventHead, makeEvent, readHead } from "./event.ts";
import { useExactNumbers } from "./exact-numbers.ts";
import { describeThrown } from "./fault.ts";
import { flexDeployArguments, flexDeployShared } from "./flexdeploy.ts";
import { Fatal, makeContext, RUN_PARTS, Run, setMessage } from "./function-context.ts";
import { harden, watchRegExp } from "./harden.ts";
import { HostCallError, openCallCount, settleCall, startCalls } from "./host-call.ts";
import { depthOf } from "./json-depth.ts";
import { jsonWithErrors } from "./json-errors.ts";
import { consoleObject, log, startLog, writeLog } from "./logbook.ts";
import { crypto, makeTools, type Properties } from "./toolbox.ts";
import { filePrototype } from "./uploaded-file.ts";
import { webGlobals } from "./web/web-globals.ts";

type Entry = (...args: readonly unknown[]) => unknown;

interface Installed {
  readonly run: Entry;
  readonly style: "module" | "flexdeploy";
  readonly uses: readonly string[];
  readonly properties: Properties;
  readonly tools: MatchContext;
}

const { parse, stringify } = JSON;
/** Deeper results cannot be serialized everywhere: each level takes some of the stack. */
const MAX_DEPTH = 500;

let installed: Installed | undefined;
let current: Run | undefined;
let maxResult = 0;

harden({ console: consoleObject, ...webGlobals }, false, [
  crypto,
  Fatal,
  HostCallError,
  flexDeployShared,
  filePrototype,
  BODY,
  RUN_PARTS,
]);
const isRegExpPristine = watchRegExp();

/** Installs the script's namespace. Returns its exports, and a problem if it has no function to run. */
export function install(namespace: { readonly default?: unknown }, specText: string): string {
  const exports = Object.keys(namespace);
  const run = namespace.default;
  if (typeof run !== "function") {
    const found = run === undefined ? "missing" : `of type ${typeof run}`;
    const problem = `the default export is ${found}, a function was expected: export default async function (event, ctx) { … }`;
    return stringify({ exports, problem });
  }
  const spec = parse(specText);
  useExactNumbers(spec.numbers === "exact");
  installed = { run: run as Entry, tools: makeTools(spec.properties, log), ...spec };
  maxResult = spec.outputKb * 1024;
  return stringify({ exports });
}

/** `rawBody` is fetched when it is read, unless it is passed here. */
export function invoke(number: number, headText: string, rawBody?: string): void {
  current = new Run(number);
  startCalls(number);
  startLog(number);
  void runScript(current, readHead(headText), rawBody);
}

/** The answer to a host call: JSON, and separately the text of a body. */
export function deliver(call: number, answer: string, body: string): void {
  settleCall(call, parse(answer), body);
}

/** The timeout: aborts `ctx.signal`, and asks for extra time if the script uses it. */
export function expire(): void {
  if (current?.abort() === true) hostPost("grace", "", current.number);
}

/** Does nothing: entering the guest runs the microtasks that a stopped entry left. */
export function drain(): void {}

async function runScript(run: Run, head: EventHead, rawBody: string | undefined): Promise<void> {
  const { output } = run;
  try {
    const result = await callScript(run, head, rawBody);
    finish(run, { ...output, ...serialise(result) });
  } catch (thrown) {
    const { message: _, ...rest } = output;
    finish(run, {
      ...rest,
      fault: {
        kind: kindOf(thrown),
        ...describeThrown(thrown),
      },
      fatal: thrown instanceof Fatal,
    });
  }
}

/**
 * `openCalls`: host calls that the script did not await. With open calls, or a changed `RegExp.prototype`, the
 * context is not reused.
 */
function finish(run: Run, report: RunDone["report"]): void {
  const done: RunDone = { report, openCalls: openCallCount(), pristine: isRegExpPristine() };
  hostPost("done", stringify(done), run.number);
}

function kindOf(thrown: unknown): FailureKind {
  if (thrown instanceof OutputLimit) return "OUTPUT_LIMIT";
  return HostCallError.kindOf(thrown) ?? "SCRIPT_ERROR";
}

async function callScript(
  run: Run,
  head: EventHead,
  rawBody: string | undefined,
): Promise<unknown> {
  if (installed === undefined) throw new Error("no function is installed");
  const { run: script, style, tools } = installed;
  const event = makeEvent(head, rawBody);
  const context = () => makeContext(head, tools, run);
  if (style === "module") return await script(event, context());
  const flexLog = {
    write: (level: LogLevel, values: readonly unknown[]) => writeLog(level, values, run.number),
    setMessage: (text: unknown) => setMessage(run, text),
  };
  return await script(...flexDeployArguments(event, flexLog, installed, context));
}

function serialise(result: unknown): RunDone["report"] {
  const text = jsonWithErrors(result);
  if (text === undefined) return {};
  if (depthOf(text) > MAX_DEPTH) {
    const message = `the result is nested more than ${MAX_DEPTH} levels deep, which could not be shown`;
    return { fault: { kind: "OUTPUT_LIMIT", name: "OutputLimit", message, stack: "" } };
  }
  if (text.length <= maxResult) return { result: text };
  // The host counts the bytes, of which there are at least as many as characters.
  const message = `the result has at least ${text.length} bytes as JSON, at most ${maxResult} are kept (outputKb)`;
  return { fault: { kind: "OUTPUT_LIMIT", name: "OutputLimit", message, stack: "" } };
}
