/**
 * Asks one match script about one event, in a single entry. Each script has an isolate of its own, so nothing here is
 * shared with other scripts. Every report carries the number of the asking it belongs to: code that an earlier asking
 * left behind may run in a later one, and what it reports is dropped by the host.
 */

import type { GuestFault, MatchDone } from "../wire/guest-posts.ts";
import { FLAGS, STEPS, type Step } from "../wire/match-steps.ts";
import { cutRaw } from "../wire/raw-text.ts";
import { readAnswer } from "./answer.ts";
import { hostMark, hostPost } from "./bridge.ts";
import { BODY, type EventHead, forgetEvent, makeEvent } from "./event.ts";
import { describeThrown } from "./fault.ts";
import { flexDeployArguments, flexDeployShared } from "./flexdeploy.ts";
import { formatLine } from "./format.ts";
import { harden } from "./harden.ts";
import { consoleObject, log, startLog, writeLog } from "./logbook.ts";
import { crypto, makeTools, type Properties, takeChallenge } from "./toolbox.ts";
import { webGlobals } from "./web/web-globals.ts";

interface Installed {
  readonly exports: Readonly<Partial<Record<Step, unknown>>>;
  readonly context: object;
  readonly style: "module" | "flexdeploy";
  readonly uses: readonly string[];
  readonly properties: Properties;
  readonly verifies: boolean;
}

/** What one step returned, or the reason why it returned nothing. */
type Said =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: GuestFault };

/** Steps that are not run again, and what is reported of each. */
type Broken = Readonly<Partial<Record<Step, GuestFault>>>;

interface Plan {
  /** See `FLAGS`. */
  readonly flags: number;
  readonly broken: Broken;
}

interface Asking {
  readonly script: Installed;
  readonly event: EventHead;
  readonly plan: Plan;
}

const NOTHING_BROKEN: Broken = {};

const { parse, stringify } = JSON;

let installed: Installed | undefined;

harden({ console: consoleObject, ...webGlobals }, true, [crypto, log, flexDeployShared, BODY]);

/** Takes the script's namespace. Returns its exports, and a problem when there is nothing to ask. */
export function install(namespace: Installed["exports"], specText: string): string {
  const exports = Object.keys(namespace);
  if (typeof namespace.default !== "function") {
    const problem =
      "the default export is not a function: export default (event, ctx) => true or false";
    return stringify({ exports, problem });
  }
  const spec = parse(specText);
  installed = { exports: namespace, context: makeTools(spec.properties, log), ...spec };
  return stringify({ exports });
}

/**
 * `planned`: the flags alone, or a `Plan` as JSON. `rawBody` is fetched when it is needed, unless it is given here. Most
 * scripts say no at once and have nothing to add: that takes no promise and no JSON.
 */
export function decide(
  number: number,
  planned: number | string,
  headText: string,
  rawBody?: string,
): void {
  if (installed === undefined) throw new Error("no match script is installed");
  startLog(number);
  // What a script asked of an earlier sender is not asked of this one.
  takeChallenge();
  const plan: Plan =
    typeof planned === "number" ? { flags: planned, broken: NOTHING_BROKEN } : parse(planned);
  const event = makeEvent(parse(headText), rawBody, (plan.flags & FLAGS.mayHaveExcerpt) !== 0);
  const asking = { script: installed, event, plan };
  const said = ask(asking, "default");
  if (said instanceof Promise || said.error !== undefined || said.value) {
    void answer(asking, said, number);
    return;
  }
  hostPost("no", "", number);
  forgetEvent(event);
}

/** Lets what is left of an entry that was stopped come to rest. */
export function drain(): void {}

async function answer(asking: Asking, saying: Said | Promise<Said>, number: number): Promise<void> {
  const said = await saying;
  const matched = said.error === undefined && said.value === true;
  const details = matched ? await examine(asking) : undefined;
  const done: MatchDone = { entry: { matched, ...remark(said) }, ...details };
  hostPost("done", stringify(done), number);
  forgetEvent(asking.event);
}

function remark(said: Said): Pick<MatchDone["entry"], "error" | "warning"> {
  if (said.error !== undefined) return { error: said.error };
  if (said.value === true || !said.value) return {};
  // The host masks it and cuts its end.
  return {
    warning: cutRaw(`only true matches, and the script returned: ${formatLine([said.value])}`),
  };
}

function ask({ script, event, plan }: Asking, step: Step): Said | Promise<Said> {
  const known = plan.broken[step];
  if (known !== undefined) return { error: known };
  const entry = script.exports[step];
  if (typeof entry !== "function") return { value: undefined };
  try {
    const returned: unknown =
      script.style === "module"
        ? entry(event, script.context)
        : entry(...flexDeployArguments(event, FLEX_LOG, script, () => script.context));
    return isPlain(returned) ? { value: returned } : settled(returned);
  } catch (thrown) {
    return failed(thrown);
  }
}

const FLEX_LOG = { write: writeLog, setMessage: (text: unknown) => writeLog("info", [text]) };

/** Nothing that could be waited for. */
const isPlain = (value: unknown): boolean =>
  value === null || (typeof value !== "object" && typeof value !== "function");

async function settled(returned: unknown): Promise<Said> {
  try {
    return { value: await returned };
  } catch (thrown) {
    return failed(thrown);
  }
}

const failed = (thrown: unknown): Said => ({
  error: { kind: "SCRIPT_ERROR", ...describeThrown(thrown) },
});

/** What else is to be known of a message once its provider is. */
async function examine(asking: Asking): Promise<Omit<MatchDone, "entry">> {
  const { script, plan } = asking;
  const next = (step: Step): Said | Promise<Said> => {
    if (script.exports[step] === undefined) return { value: undefined };
    if ((plan.flags & FLAGS.trackSteps) !== 0) hostMark(STEPS.indexOf(step));
    return ask(asking, step);
  };
  const isVerified = (plan.flags & FLAGS.verify) !== 0 && script.verifies;
  const handshake = readHandshake(await next("handshake"));
  const verdict = isVerified ? readVerdict(await next("verify")) : undefined;
  const deliveryId = readLabel("deliveryId", await next("deliveryId"));
  const eventType = readLabel("eventType", await next("eventType"));
  return { handshake, verdict, deliveryId, eventType, challenge: takeChallenge() };
}

function readVerdict(said: Said): MatchDone["verdict"] {
  if (said.error !== undefined)
    return { ok: false, reason: "the verify script failed", error: said.error };
  if (typeof said.value === "boolean") return { ok: said.value };
  const { ok, reason } = Object(said.value);
  return { ok: ok === true, reason: reason === undefined ? undefined : formatLine([reason]) };
}

function readHandshake(said: Said): MatchDone["handshake"] {
  if (said.error !== undefined) {
    writeLog("error", [`handshake failed: ${said.error.name}: ${said.error.message}`]);
    return undefined;
  }
  if (typeof said.value !== "object" || said.value === null) return undefined;
  try {
    return readAnswer("handshake", said.value);
  } catch (thrown) {
    writeLog("error", [describeThrown(thrown).message]);
    return undefined;
  }
}

function readLabel(step: Step, said: Said): string | undefined {
  if (said.error !== undefined) {
    writeLog("error", [`${step} failed: ${said.error.name}: ${said.error.message}`]);
    return undefined;
  }
  if (said.value === undefined || said.value === null || said.value === "") return undefined;
  return formatLine([said.value]);
}
