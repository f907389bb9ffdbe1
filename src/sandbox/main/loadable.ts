/** Scripts as they are sent to children, each with a key: a child that holds a script is sent only its key. */
import { createHash } from "node:crypto";
import type { ScriptSources } from "../script/code-frame.ts";
import type { ChildFunction, ChildProvider } from "../wire/protocol.ts";

export interface Loadable<T> {
  readonly key: string;
  readonly spec: T;
}
export type LoadableMatchScript = Loadable<ChildProvider> & { readonly source: ScriptSources };
/** The match scripts, in the order in which they run. */
export type ProviderSet = readonly LoadableMatchScript[];
export type LoadableFunction = Loadable<ChildFunction> & { readonly source: ScriptSources };

/** Equal scripts have equal keys and are loaded once. The key is a digest, since the content may hold secrets. */
export const keyOf = (spec: object): string =>
  createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 24);
