/**
 * Scripts with too much output, or output that cannot be serialized. All scripts are checked for the limits of output.
 */
import { burns, fails, type HostileScript, type Limits, MEMORY_LIMITS, passes } from "./script.ts";

const ROOMY: Limits = { timeoutMs: 3000, cpuMs: 2000, memoryMb: 256 };

const tooMuch = (name: string, body: string, more: Partial<HostileScript> = {}): HostileScript => ({
  name,
  body,
  ends: ["OUTPUT_LIMIT"],
  limits: ROOMY,
  ...more,
});

const OR_MEMORY = {
  ends: ["OUTPUT_LIMIT", "MEMORY_LIMIT", "SCRIPT_ERROR"],
  why: "it may be too much for V8 (a string's longest length) or for the memory before its length is known",
} as const;

const RESULTS: readonly HostileScript[] = [
  tooMuch("a giant result", "return Array.from({ length: 100_000 }, (_, n) => ({ n }));"),
  tooMuch("a giant string", "return 'x'.repeat(20_000_000);"),
  // The speed of the machine's memory decides which limit is reached first.
  tooMuch("a string of half a gigabyte", "return 'x'.repeat(2 ** 29 - 30);", {
    ends: ["OUTPUT_LIMIT", "MEMORY_LIMIT", "SCRIPT_ERROR", "CPU_LIMIT"],
  }),
  tooMuch(
    "a result that is short until toJSON is called",
    "return { toJSON: () => 'x'.repeat(2_000_000) };",
  ),
  tooMuch("a sparse array", "const list = []; list[20_000_000] = 1; return list;", {
    ...OR_MEMORY,
    limits: MEMORY_LIMITS,
  }),
  tooMuch(
    "a hundred thousand keys",
    "const all = {}; for (let n = 0; n < 100_000; n++) all['k' + n] = n; return all;",
  ),
  tooMuch("characters that grow as they are escaped", "return '\\u0001'.repeat(200_000);"),
  fails("a cycle", "const self = {}; self.self = self; return self;"),
  fails("a BigInt", "return 1n;"),
  fails("a BigInt deep inside", "return { a: [{ b: 1n }] };"),
  fails("a result whose getter throws", "return { get a() { throw new Error('no a'); } };"),
  fails(
    "a revoked Proxy as the result",
    "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;",
  ),
  passes("a function", "return () => 1;", { result: null }),
  passes("a symbol", "return Symbol('x');", { result: null }),
  passes("undefined", "return undefined;", { result: null }),
  passes("numbers JSON does not know", "return [NaN, Infinity, -0, undefined, () => 1];", {
    result: [null, null, 0, null, null],
  }),
  passes(
    "keys that mean something elsewhere",
    `return JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}');`,
    {
      result: JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}'),
    },
  ),
  passes(
    "NUL, half surrogates and line separators",
    "return 'a\\u0000\\ud800\\u2028\\u2029\\ufffe\\ufeffb';",
    {
      result: "a\u0000\ud800\u2028\u2029\ufffe\ufeffb",
    },
  ),
  passes(
    "the deepest result that can be written, which must be readable too",
    `const deep = (levels) => { let list = []; for (let n = 0; n < levels; n++) list = [list]; return list; };
    let least = 1;
    for (let step = 65_536; step >= 1; step = Math.floor(step / 2)) {
      try { JSON.stringify(deep(least + step)); least += step; } catch {}
    }
    return deep(Math.min(least, 120_000));`,
    {
      limits: ROOMY,
      ends: ["SUCCESS", "SCRIPT_ERROR", "OUTPUT_LIMIT"],
      why: "the sandbox decides the limit of depth; the message must be readable in any case",
    },
  ),
];

const ERRORS: readonly HostileScript[] = [
  fails("a giant error message", "throw new Error('x'.repeat(20_000_000));", { limits: ROOMY }),
  fails(
    "a giant error name",
    "throw Object.assign(new Error('x'), { name: 'N'.repeat(20_000_000) });",
    {
      limits: ROOMY,
    },
  ),
  fails(
    "a giant stack",
    "throw Object.assign(new Error('x'), { stack: '    at x (y:1:1)\\n'.repeat(500_000) });",
    {
      limits: ROOMY,
    },
  ),
  fails("a giant thrown string", "throw 'x'.repeat(20_000_000);", { limits: ROOMY }),
  fails("a giant thrown object", "throw Array.from({ length: 100_000 }, (_, n) => ({ n }));", {
    limits: ROOMY,
  }),
  fails("a message of a million lines", "throw new Error('\\n'.repeat(1_000_000));", {
    limits: ROOMY,
  }),
  fails(
    "frames of places that are not its own",
    "const error = new Error('x'); error.stack = 'Error: x\\n    at main (/etc/passwd:99999999999:1)\\n    at functions/x/index.ts:1e9:-1'; throw error;",
  ),
  fails(
    "a stack made for a slow pattern",
    "const error = new Error('x'); error.stack = 'Error: x\\n' + ' '.repeat(7000) + 'at ' + '('.repeat(900); throw error;",
  ),
];

const FLOODS: readonly HostileScript[] = [
  passes("ten thousand log lines", "for (let n = 0; n < 10_000; n++) log('line', n); return 1;", {
    limits: ROOMY,
    result: 1,
  }),
  passes("megabytes of log", "for (let n = 0; n < 500; n++) log('x'.repeat(8000)); return 1;", {
    limits: ROOMY,
    result: 1,
  }),
  passes("one giant log line", "log('x'.repeat(20_000_000)); return 1;", {
    limits: ROOMY,
    result: 1,
  }),
  passes(
    "a giant object in the log",
    "log(Array.from({ length: 300_000 }, (_, n) => n)); return 1;",
    {
      limits: ROOMY,
      result: 1,
    },
  ),
  passes("a log call of ten thousand values", "log(...new Array(10_000).fill('x')); return 1;", {
    limits: ROOMY,
    result: 1,
  }),
  passes(
    "values without a JSON form, in the log",
    "const self = {}; self.self = self; log(self, 1n, Symbol('s'), () => 1, null, undefined, new Proxy({}, { get() { throw 1; } })); return 1;",
    {
      result: 1,
    },
  ),
  passes(
    "line breaks, NUL and half surrogates in the log",
    "log('a\\nb\\r\\n\\u0000\\ud800\\u001b[31m'); setMessage('a\\nb\\u0000\\ud800'); return 1;",
    {
      result: 1,
    },
  ),
  burns("logs without end", "for (let n = 0; ; n++) log('line', n);"),
  burns("logs giant lines without end", "const line = 'x'.repeat(100_000); for (;;) log(line);"),
  burns("sets its message without end", "for (let n = 0; ; n++) setMessage('message ' + n);"),
  burns("awaits and logs without end", "for (let n = 0; ; n++) { await null; log(n); }"),
  passes("a giant message line", "setMessage('x'.repeat(20_000_000)); return 1;", {
    limits: ROOMY,
    result: 1,
  }),
  burns(
    "answers without end",
    "for (let n = 0; ; n++) ctx.respond({ status: 200, body: 'answer ' + n });",
    {},
  ),
  burns("skips without end", "for (let n = 0; ; n++) ctx.skip('reason ' + n);", {}),
  {
    name: "a giant reason to skip",
    body: "return ctx.skip('x'.repeat(5_000_000));",
    ends: ["FILTERED"],
    limits: ROOMY,
  },
  tooMuch("a giant answer", "ctx.respond({ body: 'x'.repeat(20_000_000) });", {}),
  tooMuch(
    "a giant header of an answer",
    "ctx.respond({ headers: { a: 'x'.repeat(5_000_000) } });",
    {},
  ),
  tooMuch(
    "a thousand headers of an answer",
    "ctx.respond({ headers: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => ['h' + n, 'x'])) });",
  ),
  passes(
    "headers that would break the answer",
    `ctx.respond({ status: 200, headers: {
      "content-length": "9999999", "transfer-encoding": "chunked", connection: "upgrade", "__proto__": "x",
      location: "https://example.org/",
    }, body: "fine" });
    return 1;`,
    { result: 1 },
  ),
  {
    name: "a header that would split the answer",
    body: 'ctx.respond({ headers: { "x-split": "a\\r\\nset-cookie: stolen=1" }, body: "fine" }); return 1;',
    ends: ["SCRIPT_ERROR"],
  },
  {
    name: "a header without a usable name",
    body: 'ctx.respond({ headers: { "bad name": "x" }, body: "fine" }); return 1;',
    ends: ["SCRIPT_ERROR"],
  },
];

export const OUTPUT: readonly HostileScript[] = [...RESULTS, ...ERRORS, ...FLOODS];
