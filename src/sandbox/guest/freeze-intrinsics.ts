/** Freezes the built-in objects of the language. */

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** Prototypes that no global leads to: iterators, generators and async functions. */
function hiddenIntrinsics(): object[] {
  const functions = [function* () {}, async () => {}, async function* () {}];
  const iterators = [
    [][Symbol.iterator](),
    ""[Symbol.iterator](),
    new Map().entries(),
    new Set().values(),
  ];
  const stack = Reflect.getOwnPropertyDescriptor(new Error("a sample"), "stack");
  return [
    stack?.get,
    stack?.set,
    ...functions,
    ...iterators,
    /x/[Symbol.matchAll]("x"),
    [].values().map(String),
    Iterator.from({ next: () => ({ done: true, value: undefined }) }),
    new Intl.Segmenter().segment(""),
    new Intl.Segmenter().segment("")[Symbol.iterator](),
    function* () {}.prototype,
    async function* () {}.prototype,
  ].filter(isObject);
}

/** Most intrinsics are built-in functions with only these keys, which lead to no other object. */
const isPlainFunction = (target: object, keys: readonly PropertyKey[]): boolean =>
  typeof target === "function" && keys.length === 2 && keys[0] === "length" && keys[1] === "name";

/**
 * Freezes everything reachable from the globals. `RegExp.prototype` is frozen only on request, since that makes
 * `replace` six times slower. This walk is most of the cost of a new isolate, so it allocates as little as possible.
 */
export function freezeIntrinsics(freezeRegExp: boolean, shared: readonly object[]): void {
  const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const seen = new Set<object>(freezeRegExp ? [] : [RegExp.prototype]);
  const queue: object[] = [];
  const add = (one: unknown) => {
    if (!isObject(one) || seen.has(one)) return;
    seen.add(one);
    queue.push(one);
  };
  for (const one of [globalThis, ...hiddenIntrinsics(), ...shared]) add(one);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    add(getPrototypeOf(next));
    const keys = ownKeys(next);
    if (!isPlainFunction(next, keys))
      for (const key of keys) {
        const descriptor = getOwnPropertyDescriptor(next, key);
        add(descriptor?.value);
        add(descriptor?.get);
        add(descriptor?.set);
      }
    if (next !== globalThis) Object.freeze(next);
  }
}
