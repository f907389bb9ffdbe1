/**
 * Runs one match script on one event, in a single entry. Each script has an isolate of its own, so nothing here is
 * shared with other scripts. Every report carries the number of its run: code that an earlier run left behind may
 * execute in a later one, and the host drops its reports.
 */

import type { MatchDone, RawFault } from "../wire/guest-posts.ts";
import { FLAGS, STEPS, type Step } from "../wire/match-steps.ts";
import { cutRaw } from "../wire/raw-text.ts";
import { readAnswer } from "./answer.ts";
import { hostMark, hostPost } from "./bridge.ts";
import { readDeliveryId } from "./delivery-id.ts";
import { BODY, type EventHead, forgetEvent, makeEvent, readHead } from "./event.ts";
import { useExactNumbers } from "./exact-numbers.ts";
import { describeThrown } from "./fault.ts";
import { flexDeployArguments, flexDeployShared } from "./flexdeploy.ts";
import { formatLine } from "./format.ts";
import { harden } from "./harden.ts";
import { consoleObject, log, startLog, writeLog } from "./logbook.ts";
import { crypto, makeTools, type Properties, takeChallenge } from "./toolbox.ts";
import { filePrototype } from "./uploaded-file.ts";
import { webGlobals } from "./web/web-globals.ts";

interface Installed {
  readonly exports: Readonly<Partial<Record<Step, unknown>>>;
  readonly context: object;
  readonly style: "module" | "flexdeploy";
  readonly uses: readonly string[];
  readonly properties: Properties;
  readonly verifies: boolean;
}

/** The return value of one step, or its error. */
type StepResult =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: RawFault };

/** Steps that are not run, with the fault to report for each. */
type Broken = Readonly<Partial<Record<Step, RawFault>>>;

interface Plan {
  /** See `FLAGS`. */
  readonly flags: number;
  readonly broken: Broken;
}

interface MatchRun {
  readonly script: Installed;
  readonly event: EventHead;
  readonly plan: Plan;
}

const NOTHING_BROKEN: Broken = {};

const { parse, stringify } = JSON;
const { isArray } = Array;

let installed: Installed | undefined;

harden({ console: consoleObject, ...webGlobals }, true, [
  crypto,
  log,
  flexDeployShared,
  filePrototype,
  BODY,
]);

/** Installs the script's namespace. Returns its exports, and a problem if it has no function to run. */
export function install(namespace: Installed["exports"], specText: string): string {
  const exports = Object.keys(namespace);
  if (typeof namespace.default !== "function") {
    const problem =
      "the default export is not a function: export default (event, ctx) => true or false";
    return stringify({ exports, problem });
  }
  const spec = parse(specText);
  useExactNumbers(spec.numbers === "exact");
  installed = { exports: namespace, context: makeTools(spec.properties, log), ...spec };
  return stringify({ exports });
}

/**
 * `planned`: the flags alone, or a `Plan` as JSON. `rawBody` is fetched when it is read, unless it is passed here.
 * Most scripts return no at once and add nothing, which takes no promise and no JSON.
 */
export function decide(
  number: number,
  planned: number | string,
  headText: string,
  rawBody?: string,
): void {
  if (installed === undefined) throw new Error("no match script is installed");
  startLog(number);
  // Resets the challenge of the previous message.
  takeChallenge();
  const plan: Plan =
    typeof planned === "number" ? { flags: planned, broken: NOTHING_BROKEN } : parse(planned);
  const event = makeEvent(readHead(headText), rawBody, (plan.flags & FLAGS.mayHaveExcerpt) !== 0);
  const run = { script: installed, event, plan };
  const result = runStep(run, "default");
  if (result instanceof Promise || result.error !== undefined || result.value) {
    void finish(run, result, number);
    return;
  }
  hostPost("no", "", number);
  forgetEvent(event);
}

/** Does nothing: entering the guest runs the microtasks that a stopped entry left. */
export function drain(): void {}

async function finish(
  run: MatchRun,
  pending: StepResult | Promise<StepResult>,
  number: number,
): Promise<void> {
  const result = await pending;
  const matched = result.error === undefined && result.value === true;
  const { warning, ...details } = matched ? await runFurtherSteps(run) : {};
  const entry = { matched, ...matchFields(result), ...(warning === undefined ? {} : { warning }) };
  const done: MatchDone = { entry, ...details };
  hostPost("done", stringify(done), number);
  forgetEvent(run.event);
}

function matchFields(result: StepResult): Pick<MatchDone["entry"], "error" | "warning"> {
  if (result.error !== undefined) return { error: result.error };
  if (result.value === true || !result.value) return {};
  // The host masks the text and cuts it to its limit.
  return {
    warning: cutRaw(
      `only true matches, and the script returned: ${describeReturned(result.value)}`,
    ),
  };
}

/**
 * A text is probably the value of a header, which may prove the sender. No check has run that would say so, so only its
 * length is shown.
 */
const describeReturned = (value: unknown): string =>
  typeof value === "number" || typeof value === "bigint" ? formatLine([value]) : kindOf(value);

function kindOf(value: unknown): string {
  if (typeof value === "string")
    return `a text of ${value.length} characters; return a comparison, for example with ===`;
  return isArray(value) ? "a list" : `a value of type ${typeof value}`;
}

function runStep({ script, event, plan }: MatchRun, step: Step): StepResult | Promise<StepResult> {
  const brokenFault = plan.broken[step];
  if (brokenFault !== undefined) return { error: brokenFault };
  const entry = script.exports[step];
  if (typeof entry !== "function") return { value: undefined };
  try {
    const returned: unknown =
      script.style === "module"
        ? entry(event, script.context)
        : entry(...flexDeployArguments(event, FLEX_LOG, script, () => script.context));
    return isPlain(returned) ? { value: returned } : awaited(returned);
  } catch (thrown) {
    return failed(thrown);
  }
}

const FLEX_LOG = { write: writeLog, setMessage: (text: unknown) => writeLog("info", [text]) };

/** True for a value that cannot be a promise. */
const isPlain = (value: unknown): boolean =>
  value === null || (typeof value !== "object" && typeof value !== "function");

async function awaited(returned: unknown): Promise<StepResult> {
  try {
    return { value: await returned };
  } catch (thrown) {
    return failed(thrown);
  }
}

const failed = (thrown: unknown): StepResult => ({
  error: { kind: "SCRIPT_ERROR", ...describeThrown(thrown) },
});

/** The results of the further steps, and a warning for the trace. */
type Details = Omit<MatchDone, "entry"> & Pick<MatchDone["entry"], "warning">;

/** Runs the further steps of the provider that matched. */
async function runFurtherSteps(run: MatchRun): Promise<Details> {
  const { script, plan } = run;
  const next = (step: Step): StepResult | Promise<StepResult> => {
    if (script.exports[step] === undefined) return { value: undefined };
    if ((plan.flags & FLAGS.trackSteps) !== 0) hostMark(STEPS.indexOf(step));
    return runStep(run, step);
  };
  const isVerified = (plan.flags & FLAGS.verify) !== 0 && script.verifies;
  const handshake = readHandshake(await next("handshake"));
  const verdict = isVerified ? readVerdict(await next("verify")) : undefined;
  const id = readDeliveryId(valueOfStep("deliveryId", await next("deliveryId")), run.event);
  const eventType = readLabel(valueOfStep("eventType", await next("eventType")));
  return { handshake, verdict, ...id, eventType, challenge: takeChallenge() };
}

function readVerdict(result: StepResult): MatchDone["verdict"] {
  if (result.error !== undefined)
    return { ok: false, reason: "the verify script failed", error: result.error };
  if (typeof result.value === "boolean") return { ok: result.value };
  const { ok, reason } = Object(result.value);
  return { ok: ok === true, reason: reason === undefined ? undefined : formatLine([reason]) };
}

function readHandshake(result: StepResult): MatchDone["handshake"] {
  if (result.error !== undefined) {
    writeLog("error", [`handshake failed: ${result.error.name}: ${result.error.message}`]);
    return undefined;
  }
  if (typeof result.value !== "object" || result.value === null) return undefined;
  try {
    return readAnswer("handshake", result.value);
  } catch (thrown) {
    writeLog("error", [describeThrown(thrown).message]);
    return undefined;
  }
}

/** Undefined if the step failed, which is logged. */
function valueOfStep(step: Step, { error, ...result }: StepResult): unknown {
  if (error === undefined) return "value" in result ? result.value : undefined;
  writeLog("error", [`${step} failed: ${error.name}: ${error.message}`]);
  return undefined;
}

const readLabel = (value: unknown): string | undefined =>
  value === undefined || value === null || value === "" ? undefined : formatLine([value]);
