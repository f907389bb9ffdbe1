/**
 * The type of an entry of the hostile corpus, and the conversion of its body into a script in either style. Entries
 * have the expected end of a run. `alone.ts` and `together.alone.long.test.ts` run them and check the invariants.
 */
import type { FailureKind } from "../../../src/model/failure-kind.ts";

export const STYLES = ["module", "flexdeploy"] as const;
export type Style = (typeof STYLES)[number];

export interface Limits {
  readonly timeoutMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
}

/** The limits are small, so that scripts reach them soon. */
export const SMALL_LIMITS: Limits = { timeoutMs: 1000, cpuMs: 300, memoryMb: 32 };

/** Enough time to fill the memory on a slow machine, because the memory limit must end the run. */
export const MEMORY_LIMITS: Limits = { timeoutMs: 6000, cpuMs: 5000, memoryMb: 32 };

export type End = FailureKind | "SUCCESS" | "FILTERED";

export interface HostileScript {
  readonly name: string;
  /**
   * Statements of an async function. `payload`, `log`, `setMessage` and `hmac(key, text)` mean the same in both styles;
   * a body that uses `ctx` must exclude the other style, which has none.
   */
  readonly body: string;
  /** Statements outside the function, run when the module is loaded. `LATER` is replaced by a time after the save. */
  readonly top?: string;
  readonly ends: readonly End[];
  /** Why several outcomes are right. */
  readonly why?: string;
  /** The result as JSON gives it back. */
  readonly result?: unknown;
  /** The body counts its attempts and gains, and must have gained nothing. */
  readonly gainsNothing?: true;
  readonly limits?: Limits;
  /** The number of consecutive runs. Several runs show whether state is carried over. */
  readonly runs?: number;
  /** Why a FlexDeploy body cannot do this. */
  readonly moduleOnly?: string;
}

export const NO_TOP = "a FlexDeploy body is the function: nothing of it runs as it is loaded";

/** Uses CPU time until it is stopped. */
export const burns = (
  name: string,
  body: string,
  more: Partial<HostileScript> = {},
): HostileScript => ({ name, body, ends: ["CPU_LIMIT"], ...more });

/** Takes memory until it is stopped. */
export const bloats = (
  name: string,
  body: string,
  more: Partial<HostileScript> = {},
): HostileScript => ({ name, body, ends: ["MEMORY_LIMIT"], limits: MEMORY_LIMITS, ...more });

/** Ends with an error that is the script's own. */
export const fails = (
  name: string,
  body: string,
  more: Partial<HostileScript> = {},
): HostileScript => ({ name, body, ends: ["SCRIPT_ERROR"], ...more });

/** Succeeds, or ends as `more` says. */
export const passes = (
  name: string,
  body: string,
  more: Partial<HostileScript> = {},
): HostileScript => ({ name, body, ends: ["SUCCESS"], ...more });

/**
 * Tries forbidden actions with `attempt(name, steal)`. A value that `steal` returns, except undefined or false, counts
 * as gained. The count uses only texts and numbers, which no changed prototype can falsify.
 */
export const gainsNothing = (
  name: string,
  body: string,
  more: Partial<HostileScript> = {},
): HostileScript => ({
  name,
  body: `let gained = ""; let tried = 0;
const attempt = (name, steal) => {
  tried += 1;
  try {
    const loot = steal();
    if (loot !== undefined && loot !== null && loot !== false) gained += name + " ";
  } catch {}
};
${body}
return { tried, gained };`,
  ends: ["SUCCESS"],
  gainsNothing: true,
  ...more,
});

const MODULE_NAMES = `const payload = event.payload;
const log = (...values) => ctx.log.info(...values);
const setMessage = (text) => ctx.setMessage(text);
const hmac = (key, text) => ctx.crypto.hmac("sha256", key, text);`;

const FLEXDEPLOY_NAMES = `const payload = PAYLOAD;
const log = (...values) => LOG.info(...values);
const setMessage = (text) => LOG.setMessage(text);
const hmac = (key, text) => HMAC.generateHmacSHA256(text, key);`;

/** The script as its author would save it. `later` is the time of `LATER`. */
export function sourceOf({ top = "", body }: HostileScript, style: Style, later: number): string {
  if (style === "flexdeploy") return `${FLEXDEPLOY_NAMES}\n${body}\n`;
  const beside = top.replaceAll("LATER", String(later));
  return `${beside}\nexport default async (event, ctx) => {\n${MODULE_NAMES}\n${body}\n};\n`;
}

export const stylesOf = (script: HostileScript): readonly Style[] =>
  script.moduleOnly === undefined ? STYLES : ["module"];

/**
 * Expensive scripts run alone in one style, and in the other style together with all others. Both styles are covered,
 * and a minute on two cores is saved.
 */
export function styleOf(script: HostileScript, when: "alone" | "together"): Style {
  const styles = stylesOf(script);
  const turn = script.name.length + (when === "alone" ? 0 : 1);
  return styles[turn % styles.length] ?? "module";
}

export type Isolation = "warm" | "fresh";

/** The isolation mode and the style are independent, so two of the four pairs are enough. */
export const isolationOf = (script: HostileScript, style: Style): Isolation =>
  style === "module" && script.moduleOnly === undefined ? "fresh" : "warm";

/** The limit that ends this run: the wall time for waiting, and the CPU time for everything else. */
export const deadlineOf = ({ ends, limits = SMALL_LIMITS }: HostileScript): number =>
  ends.includes("TIMEOUT") ? limits.timeoutMs : Math.min(limits.cpuMs, limits.timeoutMs);
