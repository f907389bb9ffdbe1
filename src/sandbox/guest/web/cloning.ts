/** What the parts of `structuredClone` share. */
import { DOMException } from "./dom-exception.ts";

export interface Cloning {
  /** Remembers a copy before its parts are cloned: cycles end there, and what was shared stays shared. */
  readonly keep: <T extends object>(original: object, copy: T) => T;
  readonly clone: (value: unknown) => unknown;
}

/** Undefined for an object that inherits from the kind but is not one. */
export type Cloner = (value: object, cloning: Cloning) => object | undefined;

export function refuse(what: string): never {
  throw new DOMException(
    `structuredClone: ${what} cannot be cloned, only data can`,
    "DataCloneError",
  );
}
