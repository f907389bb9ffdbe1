/** The scripts as they were when a message came in, for a resubmission with its original scripts. */
import { HookyardError } from "../../errors.ts";
import type { DefinitionKind, DefinitionOf, Provider } from "../../model/definition.ts";
import { messageSegments } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { LiveRegistry } from "../../registry/live-registry.ts";
import type { LoadedRegistry } from "../../registry/load-registry.ts";
import { createRegistry, type Registry } from "../../registry/registry.ts";
import type { Store } from "../../store/store.ts";
import {
  ApplicableVersions,
  type HistoricalVersion,
  historicalVersions,
  recordedVersions,
} from "./historical-versions.ts";

/** Cached registries. Messages of the same time with the same recorded versions share one. */
const MAX_KEPT = 200;

export class OriginalScripts {
  readonly #store: Store;
  readonly #applicable: ApplicableVersions;
  readonly #scripts: Pick<LiveRegistry, "make" | "loaded">;
  /** The installed registry that the cached ones were built with: it supplies the current values of the properties. */
  #builtWith: LoadedRegistry | undefined;
  readonly #built = new Map<string, Promise<Registry>>();

  constructor(store: Store, scripts: Pick<LiveRegistry, "make" | "loaded">) {
    this.#store = store;
    this.#applicable = new ApplicableVersions(store);
    this.#scripts = scripts;
  }

  /**
   * The versions recorded for a message, and the others installed when it came in, with the current values of
   * properties. Throws `conflict` if the message is not matched yet, or if a recorded version is not stored or cannot
   * be used.
   */
  async of(messageId: string): Promise<Registry> {
    const details = this.#store.details(messageId);
    if (details === undefined || details.row.decided === 0) {
      const detail = `message ${messageId} has not been matched yet, so it has no original scripts: try again later, or resubmit it with "scripts": "current"`;
      throw new HookyardError("conflict", detail);
    }
    const { base_path: basePath, path } = details.row;
    const segments = messageSegments({ basePath, path });
    const versions = historicalVersions(
      messageId,
      segments,
      recordedVersions(details),
      this.#sources,
    );
    return await this.#registry(versions, true);
  }

  /** The same for an accepted resubmission. A version that is missing by then counts as not installed. */
  async ofCopy(copy: Message, original: string): Promise<Registry> {
    // If the original message was removed, use the versions recorded for the copy.
    const recorded = [original, copy.id].flatMap((id) => {
      const details = this.#store.details(id);
      return details === undefined ? [] : recordedVersions(details);
    });
    const versions = historicalVersions(original, messageSegments(copy), recorded, this.#sources);
    return await this.#registry(versions, false);
  }

  get #sources() {
    return { store: this.#store, applicable: this.#applicable };
  }

  #registry(versions: readonly HistoricalVersion[], isStrict: boolean): Promise<Registry> {
    if (this.#builtWith !== this.#scripts.loaded()) this.#built.clear();
    this.#builtWith = this.#scripts.loaded();
    const key = JSON.stringify([isStrict, versions]);
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    const building = this.#make(versions, isStrict);
    this.#built.set(key, building);
    // A failure is not cached: it may be fixed later.
    building.catch(() => this.#built.delete(key));
    const [oldest] = this.#built.keys();
    if (this.#built.size > MAX_KEPT && oldest !== undefined) this.#built.delete(oldest);
    return building;
  }

  async #make(versions: readonly HistoricalVersion[], isStrict: boolean): Promise<Registry> {
    const loaded = this.#scripts.loaded();
    const { provider = [], function: functions = [] } = Object.groupBy(
      versions,
      ({ kind }) => kind,
    );
    const providerBuilds = provider.map(async (one) => {
      const built = await this.#build({ ...one, kind: "provider" }, isStrict, loaded.providers);
      return built.map((value) => (one.isRecorded ? { ...value, active: true } : value));
    });
    const recorded = provider.filter(({ isRecorded }) => isRecorded).map(({ name }) => name);
    const providers = inOrder((await Promise.all(providerBuilds)).flat(), recorded);
    const functionBuilds = functions.map(async (one) => {
      const built = await this.#build(
        { ...one, kind: "function" },
        isStrict,
        loaded.functions,
        providers,
      );
      return built.map((value) => (one.isRecorded ? { ...value, active: true } : value));
    });
    return createRegistry(providers, (await Promise.all(functionBuilds)).flat());
  }

  /** Returns an empty list if the version cannot be used and `isStrict` does not require it. */
  async #build<Kind extends DefinitionKind>(
    { kind, name, version, isRecorded }: HistoricalVersion & { readonly kind: Kind },
    isStrict: boolean,
    installed: readonly DefinitionOf[Kind][],
    providers?: readonly Provider[],
  ): Promise<readonly DefinitionOf[Kind][]> {
    const installedVersion = installed.find(
      (one) => one.name === name && one.script.version === version,
    );
    if (installedVersion !== undefined) return [installedVersion];
    const stored = this.#store.scripts.version(kind, name, version);
    if (stored === undefined) {
      if (!(isStrict && isRecorded)) return [];
      const detail = `version ${version || "(none)"} of ${kind} ${name}, which handled this message, is not stored: resubmit it with "scripts": "current"`;
      throw new HookyardError("conflict", detail);
    }
    const { file, source, modules } = stored;
    const built = await this.#scripts.make({ kind, name, file, source, modules }, providers);
    if (!("problem" in built)) return [built.value];
    if (!(isStrict && isRecorded)) return [];
    const { path, detail } = built.problem;
    throw new HookyardError(
      "conflict",
      `version ${version} of ${kind} ${name} can no longer be used: ${path}: ${detail}`,
    );
  }
}

/**
 * Puts the recorded providers first, in the order of the trace. If that is the order of their priorities, as usual, the
 * list is returned unchanged, so that messages of the same time share their match scripts in the sandbox.
 */
function inOrder(providers: readonly Provider[], recorded: readonly string[]): readonly Provider[] {
  const names = createRegistry(providers, []).providers.map(({ name }) => name);
  if (recorded.every((name, at) => names[at] === name)) return providers;
  return providers.map((one) => {
    const at = recorded.indexOf(one.name);
    return { ...one, priority: at === -1 ? recorded.length + one.priority : at };
  });
}
