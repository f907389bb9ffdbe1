/** What is installed: providers and functions, with everything a run of their scripts needs. */
import type { VerificationMode } from "./decision.ts";
import type { HttpGrant } from "./egress.ts";
import type { RetryPolicy } from "./execution.ts";
import type { When } from "./when.ts";

/** What is made of a definition, by its kind. */
export interface DefinitionOf {
  readonly provider: Provider;
  readonly function: WebhookFunction;
}
export type DefinitionKind = keyof DefinitionOf;

/** A version of a script that is, or was, in use. */
export interface VersionInUse {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The hash that traces and executions name. */
  readonly version: string;
}

/** `module` exports its entry points; `flexdeploy` is a script body with FlexDeploy's variables. */
export type ScriptStyle = "module" | "flexdeploy";

/** A script that has been checked: ready for a sandbox, positions still those of `source`. */
export interface Script {
  /** Hash of everything that decides how it behaves; every match and execution names it. */
  readonly version: string;
  /** The path shown in errors: `functions/deploy/index.ts`. */
  readonly filename: string;
  readonly source: string;
  /** `source` with types blanked out, character for character in the same place. */
  readonly code: string;
  readonly style: ScriptStyle;
  /** The shared modules it reaches, by path: `functions/_lib/util.ts`. */
  readonly modules: Readonly<Record<string, ScriptModule>>;
}

/** A file of a `_lib` folder, as `Script` has it of its own. */
export interface ScriptModule {
  readonly source: string;
  readonly code: string;
}

/** A named value of a provider; the first of `values` is the current one, the others are still accepted. */
export interface Property {
  readonly name: string;
  readonly secret: boolean;
  readonly values: readonly string[];
  /** The variable of this server that would set it; none for what is kept in the database. */
  readonly env?: string | undefined;
}

export interface Provider {
  readonly name: string;
  readonly description: string;
  /** 1 is asked first. */
  readonly priority: number;
  readonly active: boolean;
  /** Which requests its script is asked about; all when absent. */
  readonly when?: When | undefined;
  readonly verification: VerificationMode;
  readonly dedupeSeconds: number;
  readonly sync: boolean;
  readonly acceptStatus: number;
  readonly properties: readonly Property[];
  /** Headers whose values prove who the sender is, beside those that look like it. */
  readonly secretHeaders?: readonly string[] | undefined;
  readonly script: Script;
  /** Which of the optional exports the script has. */
  readonly exports: ReadonlySet<string>;
}

/** What one run of a function may use. */
export interface FunctionLimits {
  readonly timeoutMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
  /** Of the result, as JSON. */
  readonly outputKb: number;
  readonly logKb: number;
  /** All calls of `http`, `kv` and `sleep`. */
  readonly hostCalls: number;
  /** Further ones wait their turn. */
  readonly hostCallsAtOnce: number;
}

/** A script registered for one provider and one URI. Named so because `Function` is taken. */
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
  /** What its script may reach over HTTP. */
  readonly http: HttpGrant;
  readonly limits: FunctionLimits;
  readonly retry: RetryPolicy;
  readonly script: Script;
}
