/** The scripts as they were when a message came in: for a resubmission that asks for them. */
import { HookyardError } from "../../errors.ts";
import type { DefinitionKind, DefinitionOf, Provider } from "../../model/definition.ts";
import { messageSegments } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { LiveRegistry } from "../../registry/live-registry.ts";
import type { LoadedRegistry } from "../../registry/load-registry.ts";
import { createRegistry, type Registry } from "../../registry/registry.ts";
import type { Store } from "../../store/store.ts";
import {
  FittingVersions,
  metBy,
  type VersionOfThen,
  versionsOfThen,
} from "./historical-versions.ts";

/** A registry is put together once for many messages of the same time that met the same. */
const MAX_KEPT = 200;

export class Originals {
  readonly #store: Store;
  readonly #fitting: FittingVersions;
  readonly #scripts: Pick<LiveRegistry, "make" | "loaded">;
  /** What was installed when those below were made: properties have the values of now. */
  #beside: LoadedRegistry | undefined;
  readonly #made = new Map<string, Promise<Registry>>();

  constructor(store: Store, scripts: Pick<LiveRegistry, "make" | "loaded">) {
    this.#store = store;
    this.#fitting = new FittingVersions(store);
    this.#scripts = scripts;
  }

  /**
   * What a message met as it was, and beside it what was in use when it came in. Values of properties are those of
   * now. Throws `conflict` when it is not matched yet, and when something it met is not kept or cannot be used.
   */
  async of(messageId: string): Promise<Registry> {
    const details = this.#store.details(messageId);
    if (details === undefined || details.row.decided === 0) {
      const detail = `message ${messageId} has not been matched yet, so that no scripts have met it: try again, or resubmit it with "scripts": "current"`;
      throw new HookyardError("conflict", detail);
    }
    const { base_path: basePath, path } = details.row;
    const segments = messageSegments({ basePath, path });
    const wanted = versionsOfThen(messageId, segments, metBy(details), this.#reading);
    return await this.#registry(wanted, true);
  }

  /** The same for a copy that was accepted. What is not there any more by then counts as not installed. */
  async ofCopy(copy: Message, original: string): Promise<Registry> {
    // When the original has been removed meanwhile, what the copy itself met is as good.
    const met = [original, copy.id].flatMap((id) => {
      const details = this.#store.details(id);
      return details === undefined ? [] : metBy(details);
    });
    const wanted = versionsOfThen(original, messageSegments(copy), met, this.#reading);
    return await this.#registry(wanted, false);
  }

  get #reading() {
    return { store: this.#store, fitting: this.#fitting };
  }

  #registry(wanted: readonly VersionOfThen[], isStrict: boolean): Promise<Registry> {
    if (this.#beside !== this.#scripts.loaded()) this.#made.clear();
    this.#beside = this.#scripts.loaded();
    const key = JSON.stringify([isStrict, wanted]);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const making = this.#make(wanted, isStrict);
    this.#made.set(key, making);
    // What could not be made may be mended.
    making.catch(() => this.#made.delete(key));
    const [oldest] = this.#made.keys();
    if (this.#made.size > MAX_KEPT && oldest !== undefined) this.#made.delete(oldest);
    return making;
  }

  async #make(wanted: readonly VersionOfThen[], isStrict: boolean): Promise<Registry> {
    const loaded = this.#scripts.loaded();
    const { provider = [], function: functions = [] } = Object.groupBy(wanted, ({ kind }) => kind);
    const asked = provider.map(async (one) => {
      const made = await this.#makeOne({ ...one, kind: "provider" }, isStrict, loaded.providers);
      return made.map((value) => (one.isMet ? { ...value, active: true } : value));
    });
    const met = provider.filter(({ isMet }) => isMet).map(({ name }) => name);
    const providers = inOrder((await Promise.all(asked)).flat(), met);
    const owed = functions.map(async (one) => {
      const made = await this.#makeOne(
        { ...one, kind: "function" },
        isStrict,
        loaded.functions,
        providers,
      );
      return made.map((value) => (one.isMet ? { ...value, active: true } : value));
    });
    return createRegistry(providers, (await Promise.all(owed)).flat());
  }

  /** None when it cannot be made, and nobody has to be told. */
  async #makeOne<Kind extends DefinitionKind>(
    { kind, name, version, isMet }: VersionOfThen & { readonly kind: Kind },
    isStrict: boolean,
    installed: readonly DefinitionOf[Kind][],
    providers?: readonly Provider[],
  ): Promise<readonly DefinitionOf[Kind][]> {
    const same = installed.find((one) => one.name === name && one.script.version === version);
    if (same !== undefined) return [same];
    const kept = this.#store.scripts.version(kind, name, version);
    if (kept === undefined) {
      if (!(isStrict && isMet)) return [];
      const detail = `version ${version || "(none)"} of ${kind} ${name}, which this message met, is not kept: resubmit it with "scripts": "current"`;
      throw new HookyardError("conflict", detail);
    }
    const { file, source, modules } = kept;
    const made = await this.#scripts.make({ kind, name, file, source, modules }, providers);
    if (!("problem" in made)) return [made.value];
    if (!(isStrict && isMet)) return [];
    const { path, detail } = made.problem;
    throw new HookyardError(
      "conflict",
      `version ${version} of ${kind} ${name} cannot be used any more: ${path}: ${detail}`,
    );
  }
}

/**
 * As they were asked, the others behind them. Mostly that is the order of their priorities: then they are left as they
 * are, and messages of the same time share their match scripts in the sandbox.
 */
function inOrder(providers: readonly Provider[], met: readonly string[]): readonly Provider[] {
  const names = createRegistry(providers, []).providers.map(({ name }) => name);
  if (met.every((name, at) => names[at] === name)) return providers;
  return providers.map((one) => {
    const at = met.indexOf(one.name);
    return { ...one, priority: at === -1 ? met.length + one.priority : at };
  });
}
