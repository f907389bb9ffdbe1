/**
 * What sets the web's classes apart from ordinary ones, and makes them safe to share. Each is frozen here, to its last
 * function: `harden` does not find those that no global leads to, such as iterators.
 */
const { ownKeys, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { freeze, hasOwn } = Object;

interface PlatformClass {
  readonly name: string;
  readonly prototype: object;
}

const OWN_OF_FUNCTIONS = ["length", "name", "prototype", "constructor"];

/** Members of such classes are enumerable. */
function finishMembers(target: object): void {
  for (const key of ownKeys(target)) {
    if (typeof key === "string" && !OWN_OF_FUNCTIONS.includes(key))
      defineProperty(target, key, { enumerable: true });
    const member = getOwnPropertyDescriptor(target, key);
    for (const part of [member?.value, member?.get, member?.set]) {
      if (typeof part === "function") freeze(part);
    }
  }
  freeze(target);
}

/** To be called once everything is on the class. `name` is what `Object.prototype.toString` says of instances. */
export function finishClass(type: PlatformClass, name = type.name): void {
  const { prototype } = type;
  const hidden = { writable: true, configurable: true };
  defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  if (hasOwn(prototype, "entries")) {
    const entries: unknown = Reflect.get(prototype, "entries");
    defineProperty(prototype, Symbol.iterator, { value: entries, ...hidden });
  }
  finishMembers(prototype);
  finishMembers(type);
}
