/** Whether a script can be used: it is compiled, linked, and loaded once as it would be for real. */
import { createHash } from "node:crypto";
import { withCodeFrame } from "../script/code-frame.ts";
import { explainFault } from "../script/explain-fault.ts";
import type { Libraries } from "../script/import-path.ts";
import { KnownTypes } from "../script/known-types.ts";
import { type LinkedScript, linkScript, moduleCode } from "../script/link-script.ts";
import { explainMissingGlobal } from "../script/missing-global.ts";
import type { ChildReport, ChildScript, Fault, ScriptRole } from "../wire/protocol.ts";
import type { ChildPool } from "./child-pool.ts";
import { killedFault } from "./killed-fault.ts";
import type { Lost } from "./pending-request.ts";

/** How often a script is loaded whose process ended without anybody to blame: it may be the one that breaks V8. */
const MAX_LOADS = 4;
const NOT_LOADED: Lost = {
  type: "lost",
  fault: "CRASH",
  running: true,
  begun: true,
  shared: false,
  step: 0,
};

export interface Draft {
  readonly role: ScriptRole;
  readonly filename: string;
  readonly source: string;
  readonly properties: Readonly<Record<string, readonly string[]>>;
  /** The shared modules it may import; none when absent. */
  readonly libraries?: Libraries;
  /** Nobody has put it to use: it is loaded where it holds up no live message. */
  readonly isTried?: boolean;
}
type CheckAnswer = Extract<ChildReport, { type: "checked" }>;
export type Checked =
  | (LinkedScript & { readonly exports: readonly string[]; readonly fault?: undefined })
  | { readonly fault: Fault };

/**
 * What scripts that loaded well export, by the digest of all that decides it, and where their types stood. Loading one
 * takes 8 ms: a start with a thousand functions would take that thousand times. Digests hold no values of properties,
 * which scripts cannot see as they are loaded.
 */
export interface KnownChecks {
  readonly find: (key: string) => readonly string[] | undefined;
  readonly keep: (key: string, exports: readonly string[]) => void;
}
const NONE: KnownChecks = { find: () => undefined, keep: () => undefined };

interface Loader {
  readonly pool: ChildPool;
  /** What the processes of the pool run. */
  readonly program: Buffer;
  /** Rejects when no process can be started. */
  readonly isUp: () => Promise<void> | undefined;
}

export class ScriptChecker {
  readonly #pool: ChildPool;
  readonly #isUp: Loader["isUp"];
  readonly #known: KnownChecks;
  /** Of what loads scripts: the next release may find another script well, or not. */
  readonly #loader: string;

  constructor({ pool, program, isUp }: Loader, known: KnownChecks = NONE) {
    this.#pool = pool;
    this.#isUp = isUp;
    this.#known = known;
    this.#loader = createHash("sha256").update(process.version).update(program).digest("hex");
  }

  async check(draft: Draft): Promise<Checked> {
    const { role, filename, source, properties, libraries = {}, isTried = false } = draft;
    const names = Object.keys(properties);
    const types = new KnownTypes(this.#known);
    const linked = await linkScript({ filename, source, libraries, strip: types.strip }, names);
    if ("kind" in linked) return { fault: linked };
    const modules = moduleCode(linked);
    const key = digest(this.#loader, role, linked.style, names, linked.code, modules);
    const known = this.#known.find(key);
    if (known !== undefined) {
      types.keep();
      return { ...linked, exports: known };
    }
    const script = { ...linked, modules, filename, properties, secrets: [] };
    const answer = await this.#load(role, script, isTried ? "trial" : "match");
    if (answer.type !== "checked") return { fault: killedFault(answer.fault ?? "CRASH") };
    const { exports, fault } = answer.report;
    if (fault === undefined) {
      types.keep();
      this.#known.keep(key, exports);
      return { ...linked, exports };
    }
    const written = { ...linked, filename, source };
    const explained = explainMissingGlobal(explainFault(fault, written), role);
    return { fault: withCodeFrame(explained, written) };
  }

  /** Loads a script to see whether it can be. Others that are loaded at the same time may end the process under it. */
  async #load(
    role: ScriptRole,
    script: ChildScript,
    where: "match" | "trial",
  ): Promise<CheckAnswer | Lost> {
    await this.#isUp();
    for (let death = 1; ; death++) {
      const answer = await this.#pool.request({
        // In the child that is there anyway: those for functions are started when there is something to run.
        where,
        message: (id) => ({ type: "check", id, role, script }),
      });
      if (answer.type === "checked") return answer;
      const lost = answer.type === "lost" ? answer : undefined;
      if (lost?.fault !== undefined) return lost;
      if (death === MAX_LOADS) return NOT_LOADED;
    }
  }
}

const digest = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");
