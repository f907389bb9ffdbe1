/** Which versions of which scripts a message met, and which were in use beside them when it came in. */
import type { VersionInUse } from "../../model/definition.ts";
import { messageIdTime } from "../../model/message-id.ts";
import { matchUri } from "../../model/uri.ts";
import type { MessageDetails } from "../../store/messages/message-details.ts";
import type { Store } from "../../store/store.ts";

const MAX_VERSIONS = 20_000;
const MAX_URIS = 1000;

export interface VersionOfThen extends VersionInUse {
  /** Whether the message met it; otherwise it was in use and not asked, or not owed. */
  readonly isMet: boolean;
}

/** In the order in which they were asked and owed. */
export const metBy = ({ trace, executions }: MessageDetails): readonly VersionOfThen[] => [
  ...trace.map(({ provider: name, version }) => {
    return { kind: "provider", name, version, isMet: true } as const;
  }),
  ...executions.map(({ function: name, version }) => {
    return { kind: "function", name, version, isMet: true } as const;
  }),
];

/**
 * What was met, and behind it what was in use when the message came in: providers, and functions whose URI or pattern
 * fits `segments`. A thousand functions need not be put together for the one that is meant.
 */
export function versionsOfThen(
  messageId: string,
  segments: readonly string[],
  met: readonly VersionOfThen[],
  { store, fitting }: { readonly store: Store; readonly fitting: FittingVersions },
): readonly VersionOfThen[] {
  const keyOf = ({ kind, name }: Pick<VersionOfThen, "kind" | "name">) => `${kind} ${name}`;
  const byName = new Map(met.map((one) => [keyOf(one), one]));
  for (const one of fitting.of(store.scripts.inUse(timeOf(messageId, store)), segments)) {
    if (!byName.has(keyOf(one))) byName.set(keyOf(one), one);
  }
  return [...byName.values()];
}

/** A copy may itself have been run by the scripts of an earlier time. */
function timeOf(id: string, store: Store): number {
  const row = store.details(id)?.row;
  return row?.original_scripts === 1 && row.resubmitted_from !== null
    ? timeOf(row.resubmitted_from, store)
    : messageIdTime(id);
}

type InUse = ReturnType<Store["scripts"]["inUse"]>;

/** Of what was in use, what a URI may concern: looked for once. */
export class FittingVersions {
  readonly #store: Store;
  readonly #uris = new Map<string, string>();
  readonly #found = new WeakMap<InUse, Map<string, readonly VersionOfThen[]>>();

  constructor(store: Store) {
    this.#store = store;
  }

  of(inUse: InUse, segments: readonly string[]): readonly VersionOfThen[] {
    const byUri = this.#found.get(inUse) ?? new Map<string, readonly VersionOfThen[]>();
    this.#found.set(inUse, byUri);
    const key = JSON.stringify(segments);
    const known = byUri.get(key);
    if (known !== undefined) return known;
    const found = inUse
      .filter((one) => one.kind === "provider" || matchUri(this.#uriOf(one), segments))
      .map((one) => ({ ...one, isMet: false }));
    if (byUri.size === MAX_URIS) byUri.clear();
    byUri.set(key, found);
    return found;
  }

  /** Empty when the version is not kept. One that is never changes. */
  #uriOf({ name, version }: Pick<VersionOfThen, "name" | "version">): string {
    const key = `${name} ${version}`;
    const known = this.#uris.get(key);
    if (known !== undefined) return known;
    const { uri = "" } = Object(this.#store.scripts.version("function", name, version)?.file);
    if (this.#uris.size === MAX_VERSIONS) this.#uris.clear();
    this.#uris.set(key, String(uri));
    return String(uri);
  }
}
