/** Which versions of which scripts a message met, and which were in use beside them when it came in. */
import { messageIdTime } from "../model/message-id.ts";
import { matchUri } from "../model/uri.ts";
import type { DefinitionKind } from "../registry/definition-parts.ts";
import type { MessageDetails } from "../store/message-details.ts";
import type { Store } from "../store/store.ts";

const MAX_KNOWN = 20_000;

export interface VersionOfThen {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly version: string;
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
  { store, uris }: { readonly store: Store; readonly uris: UrisOfVersions },
): readonly VersionOfThen[] {
  const keyOf = ({ kind, name }: Pick<VersionOfThen, "kind" | "name">) => `${kind} ${name}`;
  const byName = new Map(met.map((one) => [keyOf(one), one]));
  for (const one of store.scripts.inUse(timeOf(messageId, store))) {
    const isWanted = one.kind === "provider" || matchUri(uris.of(one), segments) !== undefined;
    if (!byName.has(keyOf(one)) && isWanted) byName.set(keyOf(one), { ...one, isMet: false });
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

/** The URI or pattern of a version of a function: read once, as a version never changes. */
export class UrisOfVersions {
  readonly #store: Store;
  readonly #known = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Empty when the version is not kept. */
  of({ name, version }: Pick<VersionOfThen, "name" | "version">): string {
    const key = `${name} ${version}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { uri = "" } = Object(this.#store.scripts.version("function", name, version)?.file);
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    this.#known.set(key, String(uri));
    return String(uri);
  }
}
