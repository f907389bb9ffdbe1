/** The scripts as they were when a message came in: for a resubmission that asks for them. */
import { HookyardError } from "../errors.ts";
import type { Provider, WebhookFunction } from "../model/definition.ts";
import type { DefinitionKind } from "../registry/definition-parts.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import { createRegistry, type Registry } from "../registry/registry.ts";
import type { Store } from "../store/store.ts";

/** A registry is put together once for many messages of the same time. */
const MAX_KEPT = 8;

interface Used {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly version: string;
}

export class Originals {
  readonly #store: Store;
  readonly #scripts: Pick<LiveRegistry, "make" | "current">;
  /** What is installed when those below were made: properties have the values of now. */
  #beside: Registry | undefined;
  readonly #made = new Map<string, Promise<Registry>>();

  constructor(store: Store, scripts: Pick<LiveRegistry, "make" | "current">) {
    this.#store = store;
    this.#scripts = scripts;
  }

  /**
   * The providers that were asked about this message and the functions that ran for it, as they were. Values of
   * properties are those of now. Throws `conflict` when a version is not kept.
   */
  of(messageId: string): Promise<Registry> {
    const details = this.#store.details(messageId);
    const used: readonly Used[] = [
      ...(details?.trace ?? []).map(({ provider: name, version }) => {
        return { kind: "provider", name, version } as const;
      }),
      ...(details?.executions ?? []).map(({ function: name, version }) => {
        return { kind: "function", name, version } as const;
      }),
    ];
    if (this.#beside !== this.#scripts.current()) this.#made.clear();
    this.#beside = this.#scripts.current();
    const key = JSON.stringify(used);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const making = this.#make(used);
    this.#made.set(key, making);
    // What could not be made may be mended.
    making.catch(() => this.#made.delete(key));
    const [oldest] = this.#made.keys();
    if (this.#made.size > MAX_KEPT && oldest !== undefined) this.#made.delete(oldest);
    return making;
  }

  async #make(used: readonly Used[]): Promise<Registry> {
    const values = await Promise.all(used.map((one) => this.#makeOne(one)));
    const providers = values.filter((value): value is Provider => "priority" in value);
    const functions = values.filter((value): value is WebhookFunction => "uri" in value);
    return createRegistry(
      // In the order in which they were asked.
      providers.map((provider, at) => ({ ...provider, active: true, priority: at + 1 })),
      functions.map((fn) => ({ ...fn, active: true })),
    );
  }

  async #makeOne({ kind, name, version }: Used): Promise<Provider | WebhookFunction> {
    const kept = this.#store.scripts.version(kind, name, version);
    if (kept === undefined) {
      const detail = `version ${version || "(none)"} of ${kind} ${name}, which this message met, is not kept: resubmit it with "scripts": "current"`;
      throw new HookyardError("conflict", detail);
    }
    const { file, source, modules } = kept;
    const made = await this.#scripts.make({ kind, name, file, source, modules });
    if (!("problem" in made)) return made.value;
    const { path, detail } = made.problem;
    throw new HookyardError(
      "conflict",
      `version ${version} of ${kind} ${name} cannot be used any more: ${path}: ${detail}`,
    );
  }
}
