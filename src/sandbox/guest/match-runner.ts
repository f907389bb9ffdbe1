/**
 * Asks the match scripts of all providers about one event, in order, in a single entry. They share one context, which
 * is why its intrinsics are frozen, the event too, and why a script that fails is named to the host by `hostMark`:
 * the host then asks again with that step marked as broken.
 */
import { readAnswer } from "./answer.ts";
import { hostMark, hostPost } from "./bridge.ts";
import { BODY, type EventHead, makeEvent } from "./event.ts";
import { describeThrown, type ThrownFault } from "./fault.ts";
import { flexDeployArguments, flexDeployShared } from "./flexdeploy.ts";
import { formatLine } from "./format.ts";
import { harden } from "./harden.ts";
import { beforeEachLine, consoleObject, writeLog } from "./logbook.ts";
import { STEPS, type Step } from "./match-steps.ts";
import { crypto, makeTools, type Properties } from "./toolbox.ts";
import { webGlobals } from "./web/web-globals.ts";

interface Installed {
  readonly exports: Readonly<Partial<Record<Step, unknown>>>;
  readonly context: object;
  readonly style: "module" | "flexdeploy";
  readonly uses: readonly string[];
  readonly properties: Properties;
  readonly verifies: boolean;
  /** Why the script could not be loaded. */
  readonly fault?: Fault;
}

interface Fault extends ThrownFault {
  readonly kind: string;
}

/** What one step said: a value or the reason there is none. */
type Said = { readonly value: unknown; readonly error?: undefined } | { readonly error: Fault };

const { parse, stringify } = JSON;
const now = Date.now;
const MAX_LABEL = 200;

const providers: Installed[] = [];
let broken: Readonly<Record<string, Fault>> = {};

/** How far it has come, and how far the host knows. Telling it takes as long as a small script. */
let step = 0;
let told = -1;
let tellsAll = false;

/** Returns a time in milliseconds: a fine one when the host is told, else a whole number. */
function reach(next: number): number {
  step = next;
  return tellsAll ? tell() : now();
}

function tell(): number {
  told = step;
  return hostMark(step);
}

// Whose line it is, the host has to know.
beforeEachLine(() => {
  if (told !== step) tell();
});

harden({ console: consoleObject, ...webGlobals }, true, [crypto, flexDeployShared, BODY]);

/** Takes the namespaces in the order in which they are asked. Returns its exports, and a complaint when there is nothing to ask. */
export function install(namespace: Installed["exports"], specText: string): string {
  const exports = Object.keys(namespace);
  if (typeof namespace.default !== "function") {
    const complaint =
      "the default export is not a function: export default (event, ctx) => true or false";
    return stringify({ exports, complaint });
  }
  const spec = parse(specText);
  const context = makeTools(spec.properties);
  providers.push({ exports: namespace, context, ...spec });
  return stringify({ exports });
}

/** Takes the place of a script that does not load, so that the others keep theirs. */
export function installBroken(faultText: string): void {
  const context = {};
  providers.push({
    exports: {},
    context,
    style: "module",
    uses: [],
    properties: {},
    verifies: false,
    fault: parse(faultText),
  });
}

/** Asks the providers from `from` up to, not including, `to`. */
export function decide(headText: string, optionsText: string): void {
  const options = parse(optionsText);
  broken = options.broken;
  tellsAll = options.tells;
  told = -1;
  void decideAll(parse(headText), options);
}

/** Lets what is left of an entry that was stopped come to rest. */
export function rest(): void {}

interface Range {
  readonly verify: boolean;
  readonly from: number;
  readonly to: number;
}

/** To a microsecond: what is finer is noise, and would be stored with every message. */
const { max, round } = Math;
const rounded = (ms: number) => round(ms * 1000) / 1000;

async function decideAll(head: EventHead, { verify, from, to }: Range): Promise<void> {
  const event = makeEvent(head, true);
  const trace: object[] = [];
  let startedAt = reach(from * STEPS.length);
  for (let index = from; index < to; index++) {
    const provider = providers[index];
    if (provider === undefined) break;
    const said = await ask(index, provider, "default", event);
    const matched = said.error === undefined && said.value === true;
    // The end of one is the start of the next. The clock may have been set back.
    const endedAt = reach((index + 1) * STEPS.length);
    const durationMs = max(0, rounded(endedAt - startedAt));
    trace.push({ matched, durationMs, ...remark(said) });
    startedAt = endedAt;
    if (matched) {
      const details = await examine(index, provider, event, verify);
      return hostPost("done", stringify({ trace, ...details }));
    }
  }
  hostPost("done", stringify({ trace }));
}

function remark(said: Said): object {
  if (said.error !== undefined) return { error: said.error };
  if (said.value === true || !said.value) return {};
  const found = formatLine([said.value]).slice(0, MAX_LABEL);
  return { warning: `the script returned ${found}, which is not true: only true matches` };
}

async function ask(
  index: number,
  provider: Installed,
  step: Step,
  event: EventHead,
): Promise<Said> {
  const known = provider.fault ?? broken[`${index}.${step}`];
  if (known !== undefined) return { error: known };
  const entry = provider.exports[step];
  if (typeof entry !== "function") return { value: undefined };
  try {
    if (provider.style === "module") return { value: await entry(event, provider.context) };
    const flexLog = { write: writeLog, setMessage: (text: unknown) => writeLog("info", [text]) };
    return {
      value: await entry(...flexDeployArguments(event, flexLog, provider, () => provider.context)),
    };
  } catch (thrown) {
    return { error: { kind: "SCRIPT_ERROR", ...describeThrown(thrown) } };
  }
}

/** What else is to be known of a message once its provider is. */
async function examine(
  index: number,
  provider: Installed,
  event: EventHead,
  verify: boolean,
): Promise<object> {
  const next = (step: Step): Said | Promise<Said> => {
    if (provider.exports[step] === undefined) return { value: undefined };
    reach(index * STEPS.length + STEPS.indexOf(step));
    return ask(index, provider, step, event);
  };
  const handshake = readHandshake(await next("handshake"));
  const verdict = verify && provider.verifies ? readVerdict(await next("verify")) : undefined;
  const deliveryId = readLabel("deliveryId", await next("deliveryId"));
  const eventType = readLabel("eventType", await next("eventType"));
  return { handshake, verdict, deliveryId, eventType };
}

function readVerdict(said: Said): object {
  if (said.error !== undefined)
    return { ok: false, reason: "the verify script failed", error: said.error };
  if (typeof said.value === "boolean") return { ok: said.value };
  const { ok, reason } = Object(said.value);
  return {
    ok: ok === true,
    reason: reason === undefined ? undefined : formatLine([reason]).slice(0, MAX_LABEL),
  };
}

function readHandshake(said: Said): object | undefined {
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
  return formatLine([said.value]).slice(0, MAX_LABEL);
}
