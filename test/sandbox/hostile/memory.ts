/** Scripts that use memory without end: in V8's heap, outside of it, and in ways that V8's own limit does not count. */
import { bloats, fails, type HostileScript, NO_TOP, passes } from "./script.ts";

const REFUSED_BY_V8 = {
  ends: ["MEMORY_LIMIT", "SCRIPT_ERROR"],
  why: "V8 refuses a single allocation of that size with a RangeError, which is an ordinary error of the script",
} as const;

/** Memory in V8's heap, taken in pieces. */
export const HEAP: readonly HostileScript[] = [
  bloats("arrays in an array", "const all = []; for (;;) all.push(new Array(1000).fill([]));"),
  bloats(
    "arrays in arrays in arrays",
    "let all = []; for (;;) all = [all, new Array(100).fill(all)];",
  ),
  bloats("a growing Map", "const map = new Map(); for (let n = 0; ; n++) map.set(n, n);"),
  bloats("a growing Set", "const set = new Set(); for (let n = 0; ; n++) set.add('k' + n);"),
  bloats("a growing dictionary", "const all = {}; for (let n = 0; ; n++) all['key' + n] = n;"),
  bloats(
    "a growing WeakMap whose keys are kept",
    "const map = new WeakMap(); const keys = []; for (;;) { const key = {}; keys.push(key); map.set(key, [key]); }",
  ),
  bloats(
    "many closures",
    "let next = () => 1; const all = []; for (;;) { const before = next; next = () => before; all.push(next); }",
  ),
  bloats(
    "many promises that never settle",
    "const all = []; for (;;) all.push(new Promise(() => {}).then(() => all));",
  ),
  bloats("a queue of microtasks that only grows", "for (;;) Promise.resolve().then(() => {});"),
  bloats(
    "many symbols in the registry",
    "for (let n = 0; ; n++) Symbol.for('a rather long key of the registry ' + n);",
  ),
  bloats(
    "many errors with stacks",
    "const all = []; for (;;) all.push(new Error('x'.repeat(1000) + all.length).stack);",
  ),
  bloats(
    "growth after an await",
    "const all = []; for (;;) { await null; all.push(new Array(1000).fill({})); }",
  ),
  bloats("BigInts", "const all = []; for (let n = 1n; ; n++) all.push((1n << 1_000_000n) + n);"),
  bloats(
    "growth in a getter of the result",
    "return { get value() { const all = []; for (;;) all.push({ all }); } };",
  ),
  bloats(
    "growth in a thrown value",
    "throw { get message() { const all = {}; for (let n = 0; ; n++) all[n + 'k'] = [n]; } };",
  ),
  // This script is last, because it waits for `LATER`.
  bloats("bloats as it is loaded", "return 1;", {
    top: "const all = []; if (Date.now() > LATER) for (;;) all.push(new Array(1000).fill([]));",
    moduleOnly: NO_TOP,
    ends: ["MEMORY_LIMIT", "CPU_LIMIT"],
    why: "loading has a second, and filling the heap may take a little longer",
  }),
];

/** Memory taken at once, outside V8's heap, on the stack, or a little with each run. */
export const OTHER_MEMORY: readonly HostileScript[] = [
  bloats("one huge array", "return new Array(60_000_000).fill(0).length;", {
    ends: ["MEMORY_LIMIT", "SCRIPT_ERROR"],
    why: "V8 refuses a single array of that size with a RangeError, which is an ordinary error of the script",
  }),
  bloats(
    "many strings",
    "const all = []; for (let n = 0; ; n++) all.push(JSON.stringify('x'.repeat(100_000) + n));",
  ),
  bloats(
    "a string that doubles",
    "let text = 'xy'; for (;;) { text += text; text.indexOf('z'); }",
    {
      ...REFUSED_BY_V8,
    },
  ),
  bloats(
    "a string of ropes",
    "const all = []; let text = ''; for (;;) { text += 'x'; all.push(text); }",
  ),
  bloats(
    "many typed arrays",
    "const all = []; for (;;) { const bytes = new Uint8Array(1_000_000); bytes.fill(1); all.push(bytes); }",
    {
      ends: ["MEMORY_LIMIT", "SCRIPT_ERROR"],
      why: "memory beside the heap is refused with a RangeError, which is an ordinary error of the script",
    },
  ),
  bloats("one huge typed array", "return new Float64Array(100_000_000).fill(1).length;", {
    ...REFUSED_BY_V8,
  }),
  bloats(
    "resizable buffers, which no allocator of the embedder sees",
    `const all = [];
    for (;;) {
      const buffer = new ArrayBuffer(0, { maxByteLength: 50_000_000 });
      buffer.resize(50_000_000);
      new Uint8Array(buffer).fill(1);
      all.push(buffer);
    }`,
    { ...REFUSED_BY_V8 },
  ),
  bloats(
    "address space: buffers that could grow",
    `const all = [];
    for (let n = 0; n < 100_000; n++) all.push(new ArrayBuffer(0, { maxByteLength: 2 ** 32 }));
    return all.length;`,
    {
      ends: ["MEMORY_LIMIT", "SCRIPT_ERROR", "CPU_LIMIT", "SUCCESS"],
      why: "reserved addresses are not memory: other runs must not run out of them",
    },
  ),
  bloats("a huge string spread", "return [...'x'.repeat(50_000_000)].length;", {
    ...REFUSED_BY_V8,
  }),
  bloats("a huge string split", "return 'x,'.repeat(30_000_000).split(',').length;", {
    ...REFUSED_BY_V8,
  }),
  bloats("regular expression matches", "return 'x'.repeat(30_000_000).match(/x/g).length;", {
    ends: ["MEMORY_LIMIT", "SCRIPT_ERROR", "SUCCESS"],
    result: 30_000_000,
    why: "V8 refuses a single allocation of that size, or grants it before anything can stop it and has it back at once",
  }),
  fails("a recursion without end", "const dive = () => dive() + 1; return dive();"),
  fails(
    "a recursion without end in getters",
    "const deep = { get value() { return this.value; } }; return deep.value;",
  ),
  fails(
    "a recursion without end in toJSON",
    "const deep = () => ({ toJSON: () => ({ value: deep() }) }); return deep();",
  ),
  fails("JSON deeper than the stack, parsed", "return JSON.parse('['.repeat(200_000));"),
  fails(
    "a result deeper than the stack",
    "let deep = []; for (let n = 0; n < 300_000; n++) deep = [deep]; return deep;",
    {
      ends: ["SCRIPT_ERROR", "OUTPUT_LIMIT"],
      why: "either it cannot be written as JSON, or it is too long when it can",
    },
  ),
  passes(
    "keeps a little of every run",
    "kept.push(Array.from({ length: 10_000 }, (_, n) => ({ n }))); return 1;",
    {
      top: "const kept = [];",
      runs: 60,
      limits: { timeoutMs: 3000, cpuMs: 2000, memoryMb: 32 },
      moduleOnly: "a FlexDeploy body has no scope that outlives its run",
    },
  ),
  passes(
    "keeps much of every run, and each run alone is modest",
    "kept.push(Array.from({ length: 150_000 }, (_, n) => ({ n }))); return 1;",
    {
      top: "const kept = [];",
      runs: 12,
      limits: { timeoutMs: 3000, cpuMs: 2000, memoryMb: 32 },
      moduleOnly: "a FlexDeploy body has no scope that outlives its run",
    },
  ),
];
