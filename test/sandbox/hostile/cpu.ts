/** Scripts that use CPU time without end, in each place where their code can run. */
import { burns, type HostileScript, NO_TOP } from "./script.ts";

const BIG = { timeoutMs: 1000, cpuMs: 300, memoryMb: 256 };

const OR_MEMORY = {
  ends: ["CPU_LIMIT", "MEMORY_LIMIT"],
  why: "the value it works on grows while it works: a fast machine reaches the memory first",
} as const;

/** In the code of a script itself and in the built-in functions it calls. */
export const CPU_IN_CODE: readonly HostileScript[] = [
  burns("loops in the call", "for (;;);"),
  burns("loops after an await", "await null; for (;;);"),
  burns("loops after a host call it waited for", "await ctx.sleep(5); for (;;);", {}),
  burns(
    "spends its time in many short pieces between host calls",
    `for (;;) {
      const until = Date.now() + 30;
      while (Date.now() < until);
      await ctx.sleep(1);
    }`,
  ),
  burns("awaits without end", "for (;;) await null;"),
  burns(
    "chains promise to promise without end",
    "const again = () => Promise.resolve().then(again); await again();",
    OR_MEMORY,
  ),
  burns(
    "loops in an async generator",
    "for await (const _ of (async function* () { for (;;) yield 1; })());",
  ),
  burns("a regular expression that backtracks", "return /^(a+)+$/.test('a'.repeat(40) + 'b');"),
  burns(
    "a regular expression that backtracks in replace, with a callback",
    "return 'a'.repeat(5000).replace(/(?:a*)*b|(a*a*a*a*a*)*c/g, () => 'x');",
  ),
  burns("powers of a BigInt", "let n = 3n; for (;;) n = (n ** 5n) % (1n << 3_000_000n) + 3n;", {
    limits: BIG,
    ...OR_MEMORY,
  }),
  burns(
    "one native BigInt division",
    "const n = (1n << 200_000_000n) - 1n; return String((n * n) / (n - 12345n)).length;",
    { limits: BIG, ...OR_MEMORY },
  ),
  burns("a BigInt written out", "const n = 7n ** 3_000_000n; for (;;) n.toString(10);", {
    limits: BIG,
  }),
  burns(
    "native sort",
    `const list = Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 1_000_003);
    for (;;) { list.sort(); list.reverse(); }`,
    { limits: BIG, ...OR_MEMORY },
  ),
  burns(
    "native sort of strings in a locale",
    `const list = Array.from({ length: 50_000 }, (_, index) => "ä" + ((index * 7919) % 1_000_003));
    for (;;) list.sort((a, b) => b.localeCompare(a, "de"));`,
    { limits: BIG },
  ),
  burns("native fill", "const list = new Array(1_000_000); for (;;) list.fill(1).fill(2);", {
    limits: BIG,
  }),
  burns("native join", "const list = new Array(2_000_000).fill('ab'); for (;;) list.join(',');", {
    limits: BIG,
    ...OR_MEMORY,
  }),
  burns(
    "toString of nested arrays",
    `let list = ["x"];
    for (let depth = 0; depth < 24; depth++) list = [list, list];
    return list.toString().length;`,
    { limits: BIG, ...OR_MEMORY },
  ),
  burns(
    "an array method on an object that claims to be endless",
    "return Array.prototype.indexOf.call({ length: Number.MAX_SAFE_INTEGER }, 1);",
  ),
  burns("JSON of a value without an end", "return JSON.stringify([1], () => [1]);", {
    ends: ["CPU_LIMIT", "SCRIPT_ERROR"],
    why: "V8 may notice the depth before the time is up",
  }),
  burns("loops in a finally block once it is stopped", "try { for (;;); } finally { for (;;); }"),
  burns(
    "catches each error that stops it",
    "for (;;) { try { for (;;); } catch { continue; } finally { continue; } }",
  ),
  burns(
    "a recursion caught again and again",
    "const dive = () => { try { dive(); } catch { dive(); } }; dive();",
  ),
  burns(
    "an endless iterator spread over arguments",
    "return Math.max(...(function* () { for (;;) yield 1; })());",
    {
      ...OR_MEMORY,
    },
  ),
  // This script is last, because it waits for `LATER`.
  burns("loops as it is loaded", "return 1;", {
    top: "if (Date.now() > LATER) for (;;);",
    moduleOnly: NO_TOP,
  }),
];

/** Code of the script that runs while the sandbox reads its results, logs, errors and arguments. */
export const CPU_IN_VALUES: readonly HostileScript[] = [
  burns("a getter of the result", "return { get value() { for (;;); } };"),
  burns("toJSON of the result", "return { toJSON() { for (;;); } };"),
  burns("then of the result", "return { then() { for (;;); } };"),
  burns("a getter named then of the result", "return { get then() { for (;;); } };"),
  burns("a Proxy trap of the result", "return new Proxy({}, { ownKeys() { for (;;); } });"),
  burns(
    "a Proxy whose every trap loops",
    "return new Proxy({}, new Proxy({}, { get: () => () => { for (;;); } }));",
  ),
  burns("toJSON of a logged value", "log({ toJSON() { for (;;); } }); return 1;"),
  burns(
    "toString of the message line",
    "setMessage({ toJSON: null, toString() { for (;;); }, get a() { for (;;); } });",
  ),
  burns("a getter of an answer", "ctx.respond({ get status() { for (;;); } });", {}),
  burns(
    "toString of a header of an answer",
    "ctx.respond({ headers: { a: { toString() { for (;;); } } } });",
    {},
  ),
  burns("the message of a thrown value", "throw { get message() { for (;;); } };"),
  burns(
    "the name of a thrown error",
    "throw Object.defineProperty(new Error('x'), 'name', { get() { for (;;); } });",
  ),
  burns("toJSON of a thrown value", "throw { toJSON() { for (;;); } };"),
  burns(
    "the prototype of a thrown value",
    "throw new Proxy({}, { getPrototypeOf() { for (;;); } });",
  ),
  burns("the stack of a thrown value", "throw { message: 'x', get stack() { for (;;); } };"),
];
