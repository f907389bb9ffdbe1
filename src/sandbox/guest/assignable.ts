/** Names that honest code assigns over on its own objects, though their prototypes are frozen. */

/** Become accessors: frozen plain properties would make `this.name = …` in an Error subclass throw. */
const ASSIGNABLE_ON_ERRORS = ["name", "message", "toString", "constructor"];
const ASSIGNABLE_ON_OBJECT = [
  "toString",
  "toLocaleString",
  "valueOf",
  "constructor",
  "hasOwnProperty",
];

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

/** Never `constructor` of Array, Promise, RegExp or Map: V8 would lose its fast path for species. */
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
