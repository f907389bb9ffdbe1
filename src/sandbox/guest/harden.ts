/**
 * Makes a context safe to share between runs and between scripts: what a script could change to reach the next one
 * is removed or frozen. Runs once per context, after the rest of the guest is loaded and before any script is.
 */

/** Memory outside the limit, timers, and code run by the garbage collector; V8's own console swallows what it is given. */
const REMOVED = [
  "WebAssembly",
  "SharedArrayBuffer",
  "Atomics",
  "WeakRef",
  "FinalizationRegistry",
  "console",
];

/** Accessors that honest code assigns over: frozen plain properties would make `this.name = …` in an Error subclass throw. */
const ASSIGNABLE_ON_ERRORS = ["name", "message", "toString", "constructor"];
const ASSIGNABLE_ON_OBJECT = [
  "toString",
  "toLocaleString",
  "valueOf",
  "constructor",
  "hasOwnProperty",
];

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** Turns a data property into an accessor whose setter defines an own property on whoever is assigned to. */
function keepAssignable(target: object, key: string): void {
  const before = Reflect.getOwnPropertyDescriptor(target, key);
  if (before === undefined || !("value" in before)) return;
  const { value } = before;
  Reflect.defineProperty(target, key, {
    get: () => value,
    set(this: object, next: unknown) {
      Reflect.defineProperty(this, key, {
        value: next,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
    enumerable: false,
    configurable: false,
  });
}

/** Prototypes no global names: iterators, generators and async functions. */
function hiddenIntrinsics(): object[] {
  const functions = [function* () {}, async () => {}, async function* () {}];
  const iterators = [
    [][Symbol.iterator](),
    ""[Symbol.iterator](),
    new Map().entries(),
    new Set().values(),
  ];
  return [
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
function freezeIntrinsics(freezeRegExp: boolean, shared: readonly object[]): void {
  const seen = new Set<object>(freezeRegExp ? [] : [RegExp.prototype]);
  const queue: object[] = [globalThis, ...hiddenIntrinsics(), ...shared];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...reachableFrom(next));
    if (next !== globalThis) Object.freeze(next);
  }
}

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

function keepPrototypesAssignable(): void {
  const errors = [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError,
  ];
  for (const { prototype } of errors) {
    for (const key of ASSIGNABLE_ON_ERRORS) keepAssignable(prototype, key);
  }
  for (const key of ASSIGNABLE_ON_OBJECT) keepAssignable(Object.prototype, key);
  for (const { prototype } of [Array, Date, Function, Map, Number, Promise, Set, String]) {
    keepAssignable(prototype, "toString");
  }
}

/** Says whether `RegExp.prototype`, where it is not frozen, is still as it was. */
export function watchRegExp(): () => boolean {
  const { prototype } = RegExp;
  const { ownKeys, getOwnPropertyDescriptor } = Reflect;
  const before = ownKeys(prototype).map(
    (key) => [key, getOwnPropertyDescriptor(prototype, key)] as const,
  );
  return () =>
    ownKeys(prototype).length === before.length &&
    before.every(([key, old]) => {
      const now = getOwnPropertyDescriptor(prototype, key);
      return now?.value === old?.value && now?.get === old?.get;
    });
}

/** `shared` is what scripts are given beside the globals: frozen to its last function, as one script must not change it for another. */
export function harden(
  additions: Readonly<Record<string, unknown>>,
  freezeRegExp: boolean,
  shared: readonly object[],
): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
  for (const [name, value] of Object.entries(additions)) {
    Reflect.defineProperty(globalThis, name, {
      value,
      enumerable: false,
      configurable: false,
      writable: false,
    });
  }
  keepPrototypesAssignable();
  forgetRegExpStatics();
  freezeIntrinsics(freezeRegExp, shared);
  sealGlobals();
}
