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

/** Members of such classes are enumerable, but for what any function or prototype has. */
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

/** To be called once everything is on the class. `name` is what `Object.prototype.toString` says of instances. */
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
