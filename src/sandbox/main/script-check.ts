/** Checks a script: it is compiled, linked, and loaded once as for a run. */
import { createHash } from "node:crypto";
import { withCodeFrame } from "../script/code-frame.ts";
import { explainFault } from "../script/explain-fault.ts";
import type { Libraries } from "../script/import-path.ts";
import { type LinkedScript, linkScript, moduleCode } from "../script/link-script.ts";
import { explainMissingGlobal } from "../script/missing-global.ts";
import { TypeCache } from "../script/type-cache.ts";
import type { ChildReport, ChildScript, Fault, ScriptRole } from "../wire/protocol.ts";
import type { ChildPool } from "./child-pool.ts";
import { killedFault } from "./killed-fault.ts";
import type { Lost } from "./pending-request.ts";

/**
 * How often loading is tried if the process ends without a known culprit: this script may be the one that crashes V8.
 */
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
  /** A draft: it is loaded where it delays no live message. */
  readonly isDraft?: boolean;
}
type CheckAnswer = Extract<ChildReport, { type: "checked" }>;
export type Checked =
  | (LinkedScript & { readonly exports: readonly string[]; readonly fault?: undefined })
  | { readonly fault: Fault };

/**
 * Caches the exports of scripts that loaded, and the positions of their types, by digest of everything that decides
 * the result. Loading a script takes 8 ms, so a start with a thousand functions would take 8 s. Property values are
 * not part of the digest, since scripts cannot read them while they load.
 */
export interface CheckCache {
  readonly find: (key: string) => readonly string[] | undefined;
  readonly keep: (key: string, exports: readonly string[]) => void;
}
const NO_CACHE: CheckCache = { find: () => undefined, keep: () => undefined };

interface Loader {
  readonly pool: ChildPool;
  /** The program of the children. */
  readonly program: Buffer;
  /** Rejects if no process can be started. */
  readonly whenStarted: () => Promise<void> | undefined;
}

export class ScriptChecker {
  readonly #pool: ChildPool;
  readonly #whenStarted: Loader["whenStarted"];
  readonly #cache: CheckCache;
  /** The digest of the program that loads scripts: another release may give another result. */
  readonly #loaderDigest: string;

  constructor({ pool, program, whenStarted }: Loader, known: CheckCache = NO_CACHE) {
    this.#pool = pool;
    this.#whenStarted = whenStarted;
    this.#cache = known;
    this.#loaderDigest = createHash("sha256").update(process.version).update(program).digest("hex");
  }

  async check(draft: Draft): Promise<Checked> {
    const { role, filename, source, properties, libraries = {}, isDraft = false } = draft;
    const names = Object.keys(properties);
    const types = new TypeCache(this.#cache);
    const linked = await linkScript({ filename, source, libraries, strip: types.strip }, names);
    if ("kind" in linked) return { fault: linked };
    const modules = moduleCode(linked);
    const key = digest(this.#loaderDigest, role, linked.style, names, linked.code, modules);
    const known = this.#cache.find(key);
    if (known !== undefined) {
      types.keep();
      return { ...linked, exports: known };
    }
    const script = { ...linked, modules, filename, properties, secrets: [] };
    const result = await this.#load(role, script, isDraft ? "trial" : "match");
    if (result.type !== "checked") return { fault: killedFault(result.fault ?? "CRASH") };
    const { exports, fault } = result.report;
    if (fault === undefined) {
      types.keep();
      this.#cache.keep(key, exports);
      return { ...linked, exports };
    }
    const written = { ...linked, filename, source };
    const explained = explainMissingGlobal(explainFault(fault, written), role);
    return { fault: withCodeFrame(explained, written) };
  }

  /** Loads a script to see whether it loads. Other scripts that load at the same time may end the process. */
  async #load(
    role: ScriptRole,
    script: ChildScript,
    where: "match" | "trial",
  ): Promise<CheckAnswer | Lost> {
    await this.#whenStarted();
    for (let death = 1; ; death++) {
      const result = await this.#pool.request({
        // Uses the matching child, which always runs; function children start only when a function runs.
        where,
        message: (id) => ({ type: "check", id, role, script }),
      });
      if (result.type === "checked") return result;
      const lost = result.type === "lost" ? result : undefined;
      if (lost?.fault !== undefined) return lost;
      if (death === MAX_LOADS) return NOT_LOADED;
    }
  }
}

const digest = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");
