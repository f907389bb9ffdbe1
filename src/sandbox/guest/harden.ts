/**
 * Makes a context safe to share between runs and between scripts: what a script could change to reach the next one
 * is removed or frozen. Runs once per context, after the rest of the guest is loaded and before any script is.
 */

import { keepPrototypesAssignable } from "./assignable.ts";
import { refuseCodeGeneration } from "./code-generation.ts";
import { freezeIntrinsics } from "./freeze-intrinsics.ts";

/** Memory outside the limit, timers, and code run by the garbage collector; V8's own console swallows what it is given. */
const REMOVED = [
  "WebAssembly",
  "SharedArrayBuffer",
  "Atomics",
  "WeakRef",
  "FinalizationRegistry",
  "console",
];

/** `RegExp.$1` and its like carry text from one run to the next. */
function forgetRegExpStatics(): void {
  for (const key of Reflect.ownKeys(RegExp)) {
    if (typeof key === "string" && /^(?:\$.|input|last|left|right)/.test(key))
      Reflect.deleteProperty(RegExp, key);
  }
}

/** Makes the globals themselves constant. */
function sealGlobals(): void {
  for (const key of Reflect.ownKeys(globalThis)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(globalThis, key);
    if (descriptor?.configurable !== true || !("value" in descriptor)) continue;
    Reflect.defineProperty(globalThis, key, { writable: false, configurable: false });
  }
  Object.preventExtensions(globalThis);
}

/** Says whether `RegExp.prototype`, where it is not frozen, is still as it was. */
export function watchRegExp(): () => boolean {
  const { prototype } = RegExp;
  const { ownKeys } = Reflect;
  // Asked after every run: the one of Reflect takes twice as long.
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

/** `shared` is what scripts are given beside the globals: frozen to its last function, as one script must not change it for another. */
export function harden(
  additions: Readonly<Record<string, unknown>>,
  freezeRegExp: boolean,
  shared: readonly object[],
): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
  for (const [name, value] of Object.entries(additions))
    Reflect.defineProperty(globalThis, name, { value });
  refuseCodeGeneration();
  keepPrototypesAssignable();
  forgetRegExpStatics();
  freezeIntrinsics(freezeRegExp, shared);
  sealGlobals();
}
