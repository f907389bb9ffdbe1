/** Finds the script versions recorded for a message, and the other versions installed when it came in. */
import type { VersionInUse } from "../../model/definition.ts";
import { messageIdTime } from "../../model/message-id.ts";
import { matchUri } from "../../model/uri.ts";
import type { MessageDetails } from "../../store/messages/message-details.ts";
import type { Store } from "../../store/store.ts";

const MAX_VERSIONS = 20_000;
const MAX_URIS = 1000;

export interface HistoricalVersion extends VersionInUse {
  /** True if the message's trace or executions name this version; false if it was installed only. */
  readonly isRecorded: boolean;
}

/** The versions that the trace and the executions of a message name, in order. */
export const recordedVersions = ({
  trace,
  executions,
}: MessageDetails): readonly HistoricalVersion[] => [
  ...trace.map(({ provider: name, version }) => {
    return { kind: "provider", name, version, isRecorded: true } as const;
  }),
  ...executions.map(({ function: name, version }) => {
    return { kind: "function", name, version, isRecorded: true } as const;
  }),
];

/**
 * The recorded versions, followed by the others installed when the message came in: all providers, and the functions
 * whose URI pattern matches `segments`. Other functions are left out: building a thousand of them for one message would
 * be slow.
 */
export function historicalVersions(
  messageId: string,
  segments: readonly string[],
  recorded: readonly HistoricalVersion[],
  { store, applicable }: { readonly store: Store; readonly applicable: ApplicableVersions },
): readonly HistoricalVersion[] {
  const keyOf = ({ kind, name }: Pick<HistoricalVersion, "kind" | "name">) => `${kind} ${name}`;
  const byName = new Map(recorded.map((one) => [keyOf(one), one]));
  for (const one of applicable.of(store.scripts.inUse(timeOf(messageId, store)), segments)) {
    if (!byName.has(keyOf(one))) byName.set(keyOf(one), one);
  }
  return [...byName.values()];
}

/** A resubmission may itself have used the scripts of an earlier time. */
function timeOf(id: string, store: Store): number {
  const row = store.details(id)?.row;
  return row?.original_scripts === 1 && row.resubmitted_from !== null
    ? timeOf(row.resubmitted_from, store)
    : messageIdTime(id);
}

type InUse = ReturnType<Store["scripts"]["inUse"]>;

/** Finds the installed versions that may apply to a URI, and caches the result. */
export class ApplicableVersions {
  readonly #store: Store;
  readonly #uris = new Map<string, string>();
  readonly #found = new WeakMap<InUse, Map<string, readonly HistoricalVersion[]>>();

  constructor(store: Store) {
    this.#store = store;
  }

  of(inUse: InUse, segments: readonly string[]): readonly HistoricalVersion[] {
    const byUri = this.#found.get(inUse) ?? new Map<string, readonly HistoricalVersion[]>();
    this.#found.set(inUse, byUri);
    const key = JSON.stringify(segments);
    const known = byUri.get(key);
    if (known !== undefined) return known;
    const found = inUse
      .filter((one) => one.kind === "provider" || matchUri(this.#uriOf(one), segments))
      .map((one) => ({ ...one, isRecorded: false }));
    if (byUri.size === MAX_URIS) byUri.clear();
    byUri.set(key, found);
    return found;
  }

  /** Empty if the version is not stored. A stored version never changes, so its URI is cached. */
  #uriOf({ name, version }: Pick<HistoricalVersion, "name" | "version">): string {
    const key = `${name} ${version}`;
    const known = this.#uris.get(key);
    if (known !== undefined) return known;
    const { uri = "" } = Object(this.#store.scripts.version("function", name, version)?.file);
    if (this.#uris.size === MAX_VERSIONS) this.#uris.clear();
    this.#uris.set(key, String(uri));
    return String(uri);
  }
}
