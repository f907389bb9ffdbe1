/**
 * Text never becomes code: `eval` is gone, and the four constructors of functions refuse. They stay constructors with
 * their prototypes, since honest code asks `fn instanceof Function` and `fn.constructor === Function`. V8 keeps no
 * other way to the originals: each is only reached through its prototype, the global, and the constructors below it.
 */

/** One of each kind that has a constructor of its own; the first is the parent of the others. */
const SAMPLES = [() => {}, async () => {}, function* () {}, async function* () {}];

/** A constructor that refuses, in the place and with the looks of the original. */
function replaceConstructor(prototype: object): object {
  const original: unknown = Reflect.get(prototype, "constructor");
  // Not an arrow: subclasses and `new` must get as far as being refused.
  function replacement(): never {
    throw new EvalError(
      "code cannot be made from text here: write the function in the script, or read data with JSON.parse",
    );
  }
  for (const key of ["name", "length"]) {
    const value: unknown = Reflect.get(Object(original), key);
    Reflect.defineProperty(replacement, key, { value });
  }
  Reflect.defineProperty(replacement, "prototype", { value: prototype, writable: false });
  Reflect.defineProperty(prototype, "constructor", { value: replacement });
  return replacement;
}

export function refuseCodeGeneration(): void {
  Reflect.deleteProperty(globalThis, "eval");
  const [ofFunctions, ...ofOthers] = SAMPLES.map((sample) =>
    replaceConstructor(Object(Reflect.getPrototypeOf(sample))),
  );
  for (const one of ofOthers) Reflect.setPrototypeOf(one, Object(ofFunctions));
  Reflect.defineProperty(globalThis, "Function", { value: ofFunctions });
}
