/** Scripts as they are given to children, each under a key: who has been given it once is told its key only. */
import { createHash } from "node:crypto";
import type { ScriptSources } from "../script/code-frame.ts";
import type { ChildFunction, ChildProvider } from "../wire/protocol.ts";

export interface Loadable<T> {
  readonly key: string;
  readonly spec: T;
}
export type LoadableMatchScript = Loadable<ChildProvider> & { readonly source: ScriptSources };
/** In the order in which they are asked. */
export type ProviderSet = readonly LoadableMatchScript[];
export type LoadableFunction = Loadable<ChildFunction> & { readonly source: ScriptSources };

/** Equal ones are loaded once. The content may hold secrets, so only its digest is used. */
export const keyOf = (spec: object): string =>
  createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 24);
