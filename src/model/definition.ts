/** Installed providers and functions, with everything that a run of their scripts needs. */
import type { VerificationMode } from "./decision.ts";
import type { HttpGrant } from "./egress.ts";
import type { RetryPolicy } from "./retry.ts";
import type { When } from "./when.ts";

/** The type of an installed definition, by its kind. */
export interface DefinitionOf {
  readonly provider: Provider;
  readonly function: WebhookFunction;
}
export type DefinitionKind = keyof DefinitionOf;

/** A script version that is or was in use. */
export interface VersionInUse {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The hash that traces and executions refer to. */
  readonly version: string;
}

/** How integers beyond 2^53 are parsed: `exact` makes them BigInts; without it they are rounded. */
export type Numbers = "exact";

/** `module` exports its entry points; `flexdeploy` is a script body with FlexDeploy's variables. */
export type ScriptStyle = "module" | "flexdeploy";

/** A checked script, ready for a sandbox. Its positions are those of `source`. */
export interface Script {
  /** Hash of everything that affects how it behaves. Matches and executions record it. */
  readonly version: string;
  /** The path shown in errors: `functions/deploy/index.ts`. */
  readonly filename: string;
  readonly source: string;
  /** `source` with its types replaced by spaces, so that every character keeps its place. */
  readonly code: string;
  readonly style: ScriptStyle;
  /** The shared modules it imports, directly or not, by path: `functions/_lib/util.ts`. */
  readonly modules: Readonly<Record<string, ScriptModule>>;
}

/** A file of a `_lib` folder, with the fields of `Script`. */
export interface ScriptModule {
  readonly source: string;
  readonly code: string;
}

/** A named value of a provider; the first of `values` is the current one, the others are still accepted. */
export interface Property {
  readonly name: string;
  readonly secret: boolean;
  readonly values: readonly string[];
  /** The environment variable that supplies the value; undefined for a provider in the database. */
  readonly env?: string | undefined;
}

export interface Provider {
  readonly name: string;
  readonly description: string;
  /** 1 comes first. */
  readonly priority: number;
  readonly active: boolean;
  /** The requests that its script runs on; all if absent. */
  readonly when?: When | undefined;
  readonly verification: VerificationMode;
  readonly dedupeSeconds: number;
  readonly sync: boolean;
  readonly acceptStatus: number;
  readonly numbers?: Numbers | undefined;
  readonly properties: readonly Property[];
  /** Further headers whose values prove the sender, besides headers with a telling name. */
  readonly secretHeaders?: readonly string[] | undefined;
  readonly script: Script;
  /** The optional exports that the script has. */
  readonly exports: ReadonlySet<string>;
}

/** The limits of one run of a function. */
export interface FunctionLimits {
  readonly timeoutMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
  /** Size of the result as JSON. */
  readonly outputKb: number;
  readonly logKb: number;
  /** Total number of calls of `http`, `kv` and `sleep`. */
  readonly hostCalls: number;
  /** Further calls wait for their turn. */
  readonly hostCallsAtOnce: number;
}

/** A script registered for one provider and one URI. `Function` is a built-in name. */
export interface WebhookFunction {
  readonly name: string;
  readonly description: string;
  readonly provider: string;
  readonly uri: string;
  readonly active: boolean;
  readonly sync: boolean;
  readonly order?: number;
  readonly concurrency: number;
  readonly isolation: "warm" | "fresh";
  readonly numbers?: Numbers | undefined;
  /** The HTTP hosts that its script may call. */
  readonly http: HttpGrant;
  readonly limits: FunctionLimits;
  readonly retry: RetryPolicy;
  readonly script: Script;
}
