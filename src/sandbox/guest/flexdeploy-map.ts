/**
 * The maps of FlexDeploy scripts: objects that can also be read with `M.get('key')` and `M.containsKey('key')`. These
 * methods stay callable if the sender sent keys with their names.
 */

/** For each callable in place of a key that is named like a method, the value of the key. */
const valuesBehind = new WeakMap<object, unknown>();

/** The value of the key that a callable replaces, in a list; undefined for any other function. */
export const valueBehind = (callable: object): readonly [value: unknown] | undefined =>
  valuesBehind.has(callable) ? [valuesBehind.get(callable)] : undefined;

function getKey(this: object, key: string): unknown {
  const map = Object(valuesBehind.get(this) ?? this);
  const value: unknown = Object.hasOwn(map, key) ? Reflect.get(map, key) : undefined;
  return typeof value === "function" && valuesBehind.has(value) ? valuesBehind.get(value) : value;
}

function hasKey(this: object, key: string): boolean {
  return Object.hasOwn(Object(valuesBehind.get(this) ?? this), key);
}

/** All FlexDeploy scripts share it. It must be frozen before any script runs. */
export const mapMethods: object = Object.freeze(
  Object.defineProperties(Object.create(Object.prototype), {
    get: { value: getKey },
    containsKey: { value: hasKey },
  }),
);

/** The method for `map`, which reads and prints as `value`. */
function callableAs(value: unknown, map: object, method: typeof getKey): unknown {
  const callable = (key: string) => Reflect.apply(method, map, [key]);
  for (const key of ["name", "length"]) Reflect.deleteProperty(callable, key);
  if (typeof value === "object" && value !== null) Reflect.setPrototypeOf(callable, value);
  valuesBehind.set(callable, value);
  return Object.defineProperties(callable, {
    toJSON: { value: () => value },
    toString: { value: () => String(value) },
    valueOf: { value: () => value },
  });
}

function setKey(map: object, key: string, value: unknown): void {
  const isMethod = key === "get" || key === "containsKey";
  Object.defineProperty(map, key, {
    value: isMethod ? callableAs(value, map, key === "get" ? getKey : hasKey) : value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** An object to copy, and its copy, which has no keys yet. */
type Unfilled = readonly [original: object, copy: object];

/** A copy whose objects are maps. The original may be shared and frozen, and nested to any depth. */
export function asMap(value: unknown): unknown {
  const unfilled: Unfilled[] = [];
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return part;
    if (isOfClass(part)) return Object.create(mapMethods, Object.getOwnPropertyDescriptors(part));
    const copy = Array.isArray(part) ? [] : Object.create(mapMethods);
    unfilled.push([part, copy]);
    return copy;
  };
  const whole = copyOf(value);
  for (let next = unfilled.pop(); next !== undefined; next = unfilled.pop()) {
    const [original, copy] = next;
    for (const key of Object.keys(original)) {
      const part = copyOf(Reflect.get(original, key));
      if (Array.isArray(copy)) copy.push(part);
      else setKey(copy, key, part);
    }
  }
  return whole;
}

/** True for objects such as an uploaded file, whose bytes a getter fetches. */
function isOfClass(part: object): boolean {
  const prototype = Reflect.getPrototypeOf(part);
  return !Array.isArray(part) && prototype !== Object.prototype && prototype !== null;
}
