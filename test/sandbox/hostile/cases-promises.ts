/** Promises that never settle, reject unhandled, or continue after the result; and unusual thrown values. */
import { burns, fails, type HostileScript, passes } from "./script.ts";

const STUCK = {
  ends: ["TIMEOUT"],
} as const;

/** Values that are hard to describe, as JavaScript. */
const THROWN: Readonly<Record<string, string>> = {
  null: "null",
  undefined: "undefined",
  "a number": "0",
  "an empty string": "''",
  "a symbol": "Symbol('thrown')",
  "a BigInt": "10n",
  "a function": "() => 'thrown'",
  "a Promise": "Promise.resolve(1)",
  "a frozen object": "Object.freeze({ message: 1, name: Symbol('n'), stack: [] })",
  "an object without a prototype": "Object.create(null)",
  "an object that contains itself": "(() => { const self = {}; self.self = self; return self; })()",
  "an object with getters that throw":
    "{ get message() { throw this; }, get name() { throw 1; }, get stack() { throw null; }, toJSON() { throw this; }, toString() { throw 2; } }",
  "a Proxy whose every trap throws":
    "new Proxy({}, new Proxy({}, { get: () => () => { throw new Error('trap'); } }))",
  "a Proxy whose every trap throws a Proxy":
    "(() => { const evil = new Proxy({}, new Proxy({}, { get: () => () => { throw evil; } })); return evil; })()",
  "a revoked Proxy":
    "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()",
  "an error without a prototype": "Object.setPrototypeOf(new Error('x'), null)",
  "an error with a cause that is itself":
    "(() => { const error = new Error('x'); error.cause = error; return error; })()",
  "an aggregate of a hundred thousand errors":
    "new AggregateError(new Array(100_000).fill(new Error('x')), 'many')",
  "an error whose name is NUL and half a surrogate":
    "Object.assign(new Error('\\u0000\\ud800'), { name: '\\udfff\\u0000' })",
};

const throwing = Object.entries(THROWN).map(([what, value]) =>
  fails(`throws ${what}`, `await null; throw ${value};`),
);

const floating = Object.entries(THROWN).map(([what, value]) =>
  fails(
    `leaves a rejection with ${what} behind and returns`,
    `Promise.reject(${value}); return 1;`,
    { runs: 2 },
  ),
);

export const THROWS: readonly HostileScript[] = [...throwing, ...floating];

export const PROMISES: readonly HostileScript[] = [
  { name: "never settles", body: "await new Promise(() => {});", ...STUCK },
  {
    name: "waits for itself",
    body: "const self = (async () => { await null; await self; })(); await self;",
    ...STUCK,
  },
  { name: "a thenable that never calls back", body: "return { then() {} };", ...STUCK },
  {
    name: "an async iterator that never yields",
    body: "for await (const _ of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });",
    ...STUCK,
  },
  {
    name: "sleeps longer than it may",
    body: "await ctx.sleep(60_000);",
    ...STUCK,
  },
  {
    name: "sleeps again and again, longer than it may",
    body: "for (let n = 0; n < 40; n++) await ctx.sleep(600);",
    ...STUCK,
  },
  {
    name: "never settles beside a host call that does",
    body: "void ctx.sleep(20); await new Promise(() => {});",
    ...STUCK,
  },
  fails(
    "a rejection before the result",
    "Promise.reject(new Error('before')); await null; return 1;",
    {
      runs: 3,
    },
  ),
  fails(
    "a rejection in the turn after the result",
    "Promise.resolve().then(() => Promise.resolve()).then(() => { throw new Error('after'); }); return 1;",
    { runs: 3 },
  ),
  fails(
    "a thousand unhandled rejections",
    "for (let n = 0; n < 1000; n++) Promise.reject(new Error('n' + n)); return 1;",
    { runs: 2 },
  ),
  fails(
    "a rejection from an async function that is not awaited",
    "(async () => { await null; null.boom; })(); return 1;",
  ),
  passes(
    "a rejection that is watched a little later",
    "const late = Promise.reject(new Error('late')); await null; try { await late; } catch { return 1; }",
    {
      result: 1,
      ends: ["SUCCESS", "SCRIPT_ERROR"],
      why: "the engine decides whether a rejection that is handled in a later turn counts",
    },
  ),
  passes("does not wait for its host calls", "void ctx.sleep(30); void ctx.sleep(40); return 1;", {
    result: 1,
    runs: 3,
  }),
  passes(
    "loops in a host call's answer that comes after the result",
    "ctx.sleep(20).then(() => { for (;;); }); return 1;",
    { result: 1, runs: 3 },
  ),
  passes(
    "throws in a host call's answer that comes after the result",
    "ctx.sleep(20).then(() => { throw new Error('too late'); }); return 1;",
    { result: 1, runs: 3 },
  ),
  burns(
    "loops in the same turn after the result",
    "Promise.resolve().then(() => Promise.resolve()).then(() => { for (;;); }); return 1;",
  ),
  burns(
    "loops in microtasks after the result",
    "const again = () => { Promise.resolve().then(again); }; again(); return 1;",
  ),
  fails(
    "throws after it has answered",
    "ctx.respond({ status: 201, body: 'done' }); throw new Error('after all');",
    {},
  ),
  burns(
    "a thenable that resolves with itself",
    "const self = { then(resolve) { resolve(self); } }; return self;",
  ),
  passes(
    "a thenable that calls back twice, then throws",
    "return { then(resolve, reject) { resolve(1); resolve(2); reject(new Error('no')); throw new Error('never'); } };",
    { result: 1 },
  ),
  fails("a thenable that throws", "return { get then() { throw new Error('no then'); } };"),
  fails(
    "a promise that waits for its own resolution",
    "const own = Promise.withResolvers(); own.resolve(own.promise); return own.promise;",
  ),
  passes(
    "settles the same promise ten thousand times",
    "const one = Promise.withResolvers(); for (let n = 0; n < 10_000; n++) one.resolve(n); return one.promise;",
    { result: 0 },
  ),
  passes(
    "keeps a promise for the next run to settle",
    `waiting.push(Promise.withResolvers());
    for (const { resolve } of waiting) resolve("other");
    return (await waiting.at(-1).promise) + waiting.length / waiting.length;`,
    {
      top: "const waiting = [];",
      runs: 3,
      result: "other1",
      moduleOnly: "a FlexDeploy body has no scope that outlives its run",
    },
  ),
];
