/** The interface between the parts of `structuredClone`. */
import { DOMException } from "./dom-exception.ts";

export interface Cloning {
  /** Stores a copy before its parts are cloned, so that cycles end and shared objects stay shared. */
  readonly keep: <T extends object>(original: object, copy: T) => T;
  readonly clone: (value: unknown) => unknown;
}

/** Returns undefined for an object that inherits from the class but lacks its slots. */
export type Cloner = (value: object, cloning: Cloning) => object | undefined;

export function refuse(what: string): never {
  throw new DOMException(
    `structuredClone: ${what} cannot be cloned, only data can`,
    "DataCloneError",
  );
}
