/**
 * Text never becomes code: `eval` is removed, and the four function constructors throw. They stay constructors with
 * their prototypes, since ordinary code uses `fn instanceof Function` and `fn.constructor === Function`. The
 * originals are reachable only through their prototypes, the global and the derived constructors, all of which are
 * replaced here.
 */

/** One function of each kind with its own constructor. The first constructor is the parent of the others. */
const SAMPLES = [() => {}, async () => {}, function* () {}, async function* () {}];

/** Replaces a constructor by one that looks like it and throws. */
function replaceConstructor(prototype: object): object {
  const original: unknown = Reflect.get(prototype, "constructor");
  // Not an arrow function, so that `new` and subclasses reach the error.
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
