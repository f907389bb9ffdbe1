/**
 * Keeps properties assignable that ordinary code overrides on its own objects, although their prototypes are frozen.
 */

/** They become accessors: with a frozen data property, `this.name = …` in a subclass of Error would throw. */
const ASSIGNABLE_ON_ERRORS = ["name", "message", "toString", "constructor"];
const ASSIGNABLE_ON_OBJECT = [
  "toString",
  "toLocaleString",
  "valueOf",
  "constructor",
  "hasOwnProperty",
];

/** Turns a data property into an accessor whose setter defines an own property on the assigned object. */
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

/** Leaves `constructor` of Array, Promise, RegExp and Map alone: V8 would lose its fast path for species. */
export function keepPrototypesAssignable(): void {
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
