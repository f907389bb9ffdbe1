/**
 * Gives classes the properties of web classes, and freezes them deeply, so that they are safe to share. `harden` does
 * not find classes that no global leads to, such as iterators.
 */
const { ownKeys, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { freeze, hasOwn } = Object;

interface PlatformClass {
  readonly name: string;
  readonly prototype: object;
}

/** Members of web classes are enumerable, except those that every function or prototype has. */
function finishMembers(target: object, hidden: readonly string[]): void {
  for (const key of ownKeys(target)) {
    if (typeof key === "string" && !hidden.includes(key))
      defineProperty(target, key, { enumerable: true });
    const member = getOwnPropertyDescriptor(target, key);
    for (const part of [member?.value, member?.get, member?.set]) {
      if (typeof part === "function") freeze(part);
    }
  }
  freeze(target);
}

/** Called when the class is complete. `name` is the name in `Object.prototype.toString`. */
export function finishClass(type: PlatformClass, name = type.name): void {
  const { prototype } = type;
  defineProperty(prototype, Symbol.toStringTag, { value: name });
  if (hasOwn(prototype, "entries")) {
    const entries: unknown = Reflect.get(prototype, "entries");
    defineProperty(prototype, Symbol.iterator, { value: entries });
  }
  finishMembers(prototype, ["constructor"]);
  finishMembers(type, ["length", "name", "prototype"]);
}
