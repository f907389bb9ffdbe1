/**
 * Makes a context safe to share between runs: everything that a script could change to affect the next run is removed
 * or frozen. Runs once per context, after the guest is loaded and before any script is.
 */

import { keepPrototypesAssignable } from "./assignable.ts";
import { refuseCodeGeneration } from "./code-generation.ts";
import { defineBigIntJson } from "./exact-numbers.ts";
import { freezeIntrinsics } from "./freeze-intrinsics.ts";

/**
 * They use memory outside the limit, timers, or code run by the garbage collector; V8's own console discards its
 * input.
 */
const REMOVED = [
  "WebAssembly",
  "SharedArrayBuffer",
  "Atomics",
  "WeakRef",
  "FinalizationRegistry",
  "console",
];

/** `RegExp.$1` and similar properties carry text from one run to the next. */
function forgetRegExpStatics(): void {
  for (const key of Reflect.ownKeys(RegExp)) {
    if (typeof key === "string" && /^(?:\$.|input|last|left|right)/.test(key))
      Reflect.deleteProperty(RegExp, key);
  }
}

function sealGlobals(): void {
  for (const key of Reflect.ownKeys(globalThis)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(globalThis, key);
    if (descriptor?.configurable !== true || !("value" in descriptor)) continue;
    Reflect.defineProperty(globalThis, key, { writable: false, configurable: false });
  }
  Object.preventExtensions(globalThis);
}

/** Returns a function that tells whether `RegExp.prototype`, if it is not frozen, is unchanged. */
export function watchRegExp(): () => boolean {
  const { prototype } = RegExp;
  const { ownKeys } = Reflect;
  // Called after every run; the function of Reflect takes twice as long.
  const { getOwnPropertyDescriptor } = Object;
  const keys = ownKeys(prototype);
  const before = keys.map((key) => ({ key, ...getOwnPropertyDescriptor(prototype, key) }));
  return () => {
    if (ownKeys(prototype).length !== keys.length) return false;
    for (let at = 0; at < before.length; at++) {
      const old = before[at];
      const now = old && getOwnPropertyDescriptor(prototype, old.key);
      if (now === undefined || now.value !== old?.value || now.get !== old?.get) return false;
    }
    return true;
  };
}

/**
 * `shared`: the objects that scripts get beside the globals. They are frozen deeply, so that no script can change
 * them for another.
 */
export function harden(
  additions: Readonly<Record<string, unknown>>,
  freezeRegExp: boolean,
  shared: readonly object[],
): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
  for (const [name, value] of Object.entries(additions))
    Reflect.defineProperty(globalThis, name, { value });
  refuseCodeGeneration();
  defineBigIntJson();
  keepPrototypesAssignable();
  forgetRegExpStatics();
  freezeIntrinsics(freezeRegExp, shared);
  sealGlobals();
}
