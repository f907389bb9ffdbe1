/** Freezes what the language itself brings. */

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** Prototypes no global names: iterators, generators and async functions. */
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

/** Everything an object leads to: its prototype, its values, its accessors. */
function reachableFrom(target: object): object[] {
  const parts: unknown[] = [Reflect.getPrototypeOf(target)];
  for (const key of Reflect.ownKeys(target)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    parts.push(descriptor?.value, descriptor?.get, descriptor?.set);
  }
  return parts.filter(isObject);
}

/** Freezes everything reachable from the globals. `RegExp.prototype` too only when asked: it slows `replace` six-fold. */
export function freezeIntrinsics(freezeRegExp: boolean, shared: readonly object[]): void {
  const seen = new Set<object>(freezeRegExp ? [] : [RegExp.prototype]);
  const queue: object[] = [globalThis, ...hiddenIntrinsics(), ...shared];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...reachableFrom(next));
    if (next !== globalThis) Object.freeze(next);
  }
}
