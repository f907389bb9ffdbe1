/** Scripts cannot turn text into code, and other features of the language still work. */
import { afterAll, describe, expect, test } from "vitest";
import { startIsolates } from "../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const ASYNC = "(async () => {})";
const GENERATOR = "(function* () {})";
const ASYNC_GENERATOR = "(async function* () {})";

const REFUSED = [
  "Function('return 1')()",
  "new Function('return 1')()",
  "new Function('a', 'b', 'return a')(1)",
  "Function()",
  "Function.call(null, 'return 1')",
  "Function.apply(null, ['return 1'])",
  "Function.bind(null, 'return 1')()",
  "Reflect.apply(Function, null, ['return 1'])",
  "Reflect.construct(Function, ['return 1'])",
  "Reflect.construct(Function, ['return 1'], Object)",
  "new Proxy(Function, {})('return 1')",
  "new (class extends Function { constructor() { super('return 1'); } })()",
  "new (class extends Function {})('return 1')",
  "(() => {}).constructor('return 1')()",
  "(function () {}).constructor('return 1')()",
  "(class {}).constructor('return 1')()",
  "({ method() {} }).method.constructor('return 1')()",
  "Math.max.constructor('return 1')()",
  "[].map.constructor('return 1')()",
  "Object.constructor('return 1')()",
  "URL.constructor('return 1')()",
  "console.log.constructor('return 1')()",
  "(() => {}).bind().constructor('return 1')()",
  "new Proxy(() => {}, {}).constructor('return 1')()",
  "Function.prototype.constructor('return 1')()",
  "Function.constructor('return 1')()",
  "Function.prototype.constructor.constructor('return 1')()",
  "Object.getPrototypeOf(() => {}).constructor('return 1')()",
  "Object.getOwnPropertyDescriptor(Function.prototype, 'constructor').value('return 1')()",
  "Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.constructor('return 1')()",
  ...[ASYNC, GENERATOR, ASYNC_GENERATOR].flatMap((sample) => [
    `${sample}.constructor('return 1')()`,
    `new ${sample}.constructor('return 1')`,
    `Object.getPrototypeOf(${sample}).constructor('')`,
    `Object.getPrototypeOf(${sample}.constructor)('return 1')()`,
    `new (class extends ${sample}.constructor {})('')`,
    `Reflect.construct(${sample}.constructor, [''])`,
  ]),
  `Object.getPrototypeOf(${GENERATOR}.prototype).constructor.constructor('')`,
  `${GENERATOR}().constructor.constructor('')`,
];

const attempts = (spellings: readonly string[]) =>
  `[${spellings.map((one) => `() => (${one})`).join(", ")}].map((run) => { try { return "made " + typeof run(); } catch (error) { return error.name + ": " + error.message; } })`;

const EVALS = ["eval('1')", "(0, eval)('1')", "eval?.('1')", "[eval][0]('1')"];
const MISSING = [
  "globalThis.eval",
  "globalThis['eval']",
  "Reflect.get(globalThis, 'eval')",
  "typeof eval === 'undefined' ? undefined : 1",
  "globalThis.setTimeout",
  "globalThis.WebAssembly",
  "globalThis.ShadowRealm",
  "globalThis.Worker",
];

const WORKS = [
  "(() => 1) instanceof Function",
  "(function () {}).constructor === Function",
  `${ASYNC}.constructor !== Function`,
  `${ASYNC} instanceof Function`,
  `${ASYNC} instanceof ${ASYNC}.constructor`,
  `${GENERATOR} instanceof ${GENERATOR}.constructor`,
  `${ASYNC_GENERATOR} instanceof ${ASYNC_GENERATOR}.constructor`,
  `!(${ASYNC} instanceof ${GENERATOR}.constructor)`,
  "Function instanceof Function",
  "Function instanceof Object",
  "Function.name === 'Function' && Function.length === 1",
  `${ASYNC}.constructor.name === 'AsyncFunction'`,
  `Object.getPrototypeOf(${ASYNC}.constructor) === Function`,
  "typeof Function === 'function'",
  "Function.prototype === Object.getPrototypeOf(() => {})",
  "Object.prototype.toString.call(Function) === '[object Function]'",
  `Object.prototype.toString.call(${ASYNC}) === '[object AsyncFunction]'`,
  "Math.max.call(null, 1, 2) === 2",
  "Math.max.apply(null, [1, 3]) === 3",
  "((a, b) => a + b).bind(null, 1)(2) === 3",
  "(() => 1).toString() === '() => 1'",
  "(function named(a, b) {}).length === 2 && (function named() {}).name === 'named'",
  "(() => { class A { static #x = 1; #y = 2; get y() { return this.#y; } static { this.z = A.#x; } } class B extends A { constructor() { super(); } get y() { return super.y + 1; } } return new B().y === 3 && B.z === 1 && new B() instanceof A && B.constructor === Function && new B().constructor === B; })()",
  "[...(function* () { yield 1; yield* [2]; })()].length === 2",
  "Object.isFrozen(Function) && Object.isFrozen(Function.prototype)",
  "Reflect.ownKeys(Function).sort().join() === 'length,name,prototype'",
];

const BODY = `return { refused: ${attempts(REFUSED)}, evals: ${attempts(EVALS)}, missing: [${MISSING}].map((one) => one === undefined), works: [${WORKS}] };`;

const refusal =
  "EvalError: code cannot be made from text here: write the function in the script, or read data with JSON.parse";
const EXPECTED = {
  refused: REFUSED.map(() => refusal),
  evals: EVALS.map(() => "ReferenceError: eval is not defined"),
  missing: MISSING.map(() => true),
  works: WORKS.map(() => true),
};

describe("text does not become code", () => {
  test("in a function", async () => {
    expect(await isolates.run(`export default () => { ${BODY} };`)).toEqual(EXPECTED);
  });

  test("in a function without export", async () => {
    expect(await isolates.run(BODY)).toEqual(EXPECTED);
  });

  test("in a match script", async () => {
    const script = `export default (event, ctx) => { ctx.log.info(Object.entries((() => { ${BODY} })()).length); const outcomes = (() => { ${BODY} })(); for (const [key, list] of Object.entries(outcomes)) ctx.log.info(key, JSON.stringify([...new Set(list)]), list.length); };`;
    expect(await isolates.decide(script)).toEqual([
      "4",
      ...Object.entries(EXPECTED).map(
        ([key, list]) => `${key} ${JSON.stringify([...new Set<unknown>(list)])} ${list.length}`,
      ),
    ]);
  });

  test("while a script is loaded", async () => {
    const script =
      "let outcomes; try { Function('return 1'); } catch (error) { outcomes = error.name; } export default () => outcomes;";
    expect(await isolates.run(script)).toBe("EvalError");
  });

  test("through a helper of the script", async () => {
    const script = `export default (event, ctx) => [ctx.log.info, ctx.sleep, ctx.crypto.hmac, ctx.Fatal].map((tool) => { try { return typeof tool.constructor("return 1"); } catch (error) { return error.name; } });`;
    expect(await isolates.run(script)).toEqual([
      "EvalError",
      "EvalError",
      "EvalError",
      "EvalError",
    ]);
  });
});
