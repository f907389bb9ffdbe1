/** `structuredClone` behaves in an isolate as it does in Node. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { compareRandom, compareTable, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const VALUES = [
  "undefined",
  "null",
  "true",
  "0",
  "-0",
  "NaN",
  "Infinity",
  "1n",
  "''",
  "'a\\ud800'",
  "Symbol()",
  "Symbol.iterator",
  "() => 1",
  "class {}",
  "Math.max",
  "Object(1)",
  "Object(-0)",
  "Object('ab')",
  "Object(false)",
  "Object(2n)",
  "Object(Symbol())",
  "Object.assign(Object(1), { extra: 1 })",
  "Object.assign(new String('ab'), { extra: 1 })",
  "new Date(0)",
  "new Date(NaN)",
  "new Date(8.64e15)",
  "Object.assign(new Date(5), { extra: 1 })",
  "new (class extends Date {})(7)",
  "Object.create(Date.prototype)",
  "Object.defineProperty(new Date(9), 'getTime', { value: () => 1 })",
  "/x/",
  "/x/dgimsuy",
  "/[a--b]/v",
  "new RegExp('/')",
  "new RegExp('')",
  "Object.assign(/x/g, { lastIndex: 3 })",
  "Object.defineProperty(/x/g, 'flags', { value: 'i' })",
  "Object.defineProperty(/x/g, 'source', { value: 'y' })",
  "Object.create(RegExp.prototype)",
  "new (class extends RegExp { get flags() { return 'y'; } })('x', 'g')",
  "new Map([[1, { a: 1 }], ['k', [1]], [{}, new Map()]])",
  "new Set([1, 'a', {}, new Set([1])])",
  "new Map([[NaN, -0]])",
  "Object.assign(new Map([[1, 2]]), { extra: 1 })",
  "new (class extends Map { get size() { return 9; } forEach() {} *[Symbol.iterator]() {} })([[1, 2]])",
  "Object.create(Map.prototype)",
  "Object.create(Set.prototype)",
  "new (class extends Set {})([1])",
  "[]",
  "[1, 2, 3]",
  "[, 1, , 2]",
  "new Array(5)",
  "Object.assign([1], { extra: 2, '-1': 3 })",
  "new (class Mine extends Array {})(1, 2, 3)",
  "Object.defineProperty([1, 2], 0, { enumerable: false })",
  "Object.setPrototypeOf([1], null)",
  "Object.freeze([1, [2]])",
  "{}",
  "{ a: { b: { c: 1 } } }",
  "{ ['__proto__']: 1 }",
  'JSON.parse(\'{"__proto__": {"x": 1}}\')',
  "{ constructor: 1, toString: 2, hasOwnProperty: 3, isPrototypeOf: 4, propertyIsEnumerable: 5, valueOf: 6 }",
  "Object.create(null)",
  "Object.create({ inherited: 1 })",
  "Object.assign(Object.create(null), { a: 1 })",
  "{ 2: 'b', 1: 'a', x: 1, 0: 'c' }",
  "{ [Symbol('s')]: 1, b: 2 }",
  "Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })",
  "new (class Mine { a = 1; #b = 2; c() {} })()",
  "{ get a() { return 1; }, set b(value) {} }",
  "{ undefined: undefined, '': null }",
  "Object.freeze({ a: Object.freeze([1]) })",
  "{ f() {} }",
  "[() => 1]",
  "{ a: Symbol() }",
  "new Map([[1, () => 1]])",
  "new Set([Symbol()])",
  "{ [Symbol.toStringTag]: 'Promise' }",
  "{ [Symbol.toStringTag]: 'Map', a: 1 }",
  "{ then: 1 }",
  "{ toJSON: 1 }",
  "Promise.resolve()",
  "new WeakMap()",
  "new WeakSet()",
  "new (class extends Promise {})(() => {})",
  "(function* () {})()",
  "(async function* () {})()",
  "(async () => {})()",
  "[].values()",
  "new Map().entries()",
  "new Set().values()",
  "''[Symbol.iterator]()",
  "'x'.matchAll(/x/g)",
  "[].values().map((one) => one)",
  "Iterator.from([])",
  "new (class extends Iterator {})()",
  "new Intl.NumberFormat()",
  "new Intl.DateTimeFormat('en')",
  "new Intl.Collator()",
  "new Intl.Segmenter()",
  "new DisposableStack()",
  "new AsyncDisposableStack()",
  "Math",
  "JSON",
  "Reflect",
  "Intl",
  "Object.prototype",
  "new URL('http://a')",
  "new URLSearchParams('a=b')",
  "new Headers({ a: 'b' })",
  "new AbortController()",
  "AbortSignal.abort()",
  "new TextEncoder()",
  "new TextDecoder()",
  "new EventTarget()",
  "new Event('a')",
  "new Error('m')",
  "new Error()",
  "new Error('')",
  "new TypeError('m')",
  "new RangeError('m', { cause: { a: 1 } })",
  "new Error('m', { cause: undefined })",
  "new EvalError('m')",
  "new ReferenceError('m')",
  "new SyntaxError('m')",
  "new URIError('m')",
  "new AggregateError([1], 'm')",
  "new (class Mine extends RangeError {})('m')",
  "new (class Mine extends RangeError { name = 'Mine'; })('m')",
  "Object.assign(new Error('m'), { name: 'TypeError', extra: 1 })",
  "Object.assign(new Error('m'), { name: 'Custom' })",
  "Object.assign(new Error('m'), { message: 7 })",
  "Object.defineProperty(new Error('m'), 'message', { get: () => 'got' })",
  "Object.create(Error.prototype)",
  "Object.setPrototypeOf(new TypeError('m'), null)",
  "Object.assign(new TypeError('m'), { name: undefined })",
  "new Error('m', { cause: () => 1 })",
  "Object.assign(new Error('m'), { stack: 7 })",
  "Object.assign(new Error('m'), { name: Symbol() })",
  "new DOMException('m', 'AbortError')",
  "new DOMException()",
  "new DOMException('m', { name: 'X', cause: 1 })",
  "new (class extends DOMException {})('m', 'DataCloneError')",
  "Object.create(DOMException.prototype)",
  "new ArrayBuffer(3)",
  "new Uint8Array([1, 2, 3]).buffer",
  "new ArrayBuffer(2, { maxByteLength: 5 })",
  "(() => { const one = new ArrayBuffer(3); one.transfer(); return one; })()",
  "Object.create(ArrayBuffer.prototype)",
  "new (class extends ArrayBuffer { get byteLength() { return 9; } slice() { return 1; } })(2)",
  "Object.assign(new ArrayBuffer(1), { extra: 1 })",
  ..."Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array"
    .split(" ")
    .map((name) => `new ${name}([1, 2, 300])`),
  "new BigInt64Array([1n, -2n])",
  "new BigUint64Array([1n])",
  "new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)",
  "new DataView(new ArrayBuffer(0))",
  "new Uint8Array([1, 2, 3, 4]).subarray(1, 3)",
  "new Uint16Array(new ArrayBuffer(8), 2, 1)",
  "(() => { const one = new Uint8Array(3); one.buffer.transfer(); return one; })()",
  "Object.assign(new Uint8Array(1), { extra: 1 })",
  "new (class extends Uint8Array {})(2)",
  "Object.defineProperty(new Uint8Array([7]), 'buffer', { value: 1 })",
  "Object.setPrototypeOf(new Uint8Array([7]), null)",
  "new Float64Array([NaN, -0])",
  "(() => { const buffer = new ArrayBuffer(4); return [new Uint8Array(buffer), new Uint16Array(buffer), buffer]; })()",
].map((value) => `structuredClone(${value.startsWith("{") ? `(${value})` : value})`);

test("every kind of value", () => compareTable(isolates, VALUES));

const doing = (code: string) => `(() => { ${code} })()`;

test("identity, cycles, getters and arguments", () =>
  compareTable(isolates, [
    "structuredClone()",
    "structuredClone(1, null)",
    "structuredClone(1, 1)",
    "structuredClone(1, {})",
    "structuredClone(1, { transfer: [] })",
    "structuredClone(1, { transfer: 1 })",
    "structuredClone({ a: 1 }, { transfer: undefined })",
    "structuredClone.name",
    ...[
      "const a = { b: {} }; a.self = a; a.b.up = a; const c = structuredClone(a); return [c.self === c, c.b.up === c, c !== a, c.b !== a.b, Object.getPrototypeOf(c) === Object.prototype];",
      "const a = []; a.push(a, a); const c = structuredClone(a); return [c[0] === c, c[1] === c, Array.isArray(c)];",
      "const map = new Map(); map.set(map, map); const c = structuredClone(map); return [c.get(c) === c, c.size];",
      "const set = new Set(); set.add(set); const c = structuredClone(set); return [c.has(c), c.size];",
      "const error = new Error('m'); error.cause = error; const c = structuredClone(error); return c.cause === c;",
      "const shared = new Date(1); const c = structuredClone([shared, { shared }]); return c[0] === c[1].shared;",
      "const buffer = new ArrayBuffer(4); const c = structuredClone({ a: new Uint8Array(buffer), b: new DataView(buffer), buffer }); c.a[0] = 7; return [c.b.getUint8(0), c.a.buffer === c.buffer, new Uint8Array(buffer)[0]];",
      "const box = Object('a'); const c = structuredClone([box, box]); return [c[0] === c[1], c[0] !== box];",
      "const error = new DOMException('m'); const c = structuredClone([error, error]); return [c[0] === c[1], c[0] !== error, c[0].stack === error.stack];",
      "const error = new TypeError('m'); const c = structuredClone(error); return [c.stack === error.stack, Object.getOwnPropertyNames(c).sort(), Object.keys(c)];",
      "const log = []; structuredClone({ get a() { log.push('a'); return { get b() { log.push('b'); return 1; } }; }, get c() { log.push('c'); return 2; } }); return log;",
      "return structuredClone({ get a() { delete this.b; this.d = 4; return 1; }, b: 2, c: 3 });",
      "return structuredClone({ get a() { throw new RangeError('from a getter'); } });",
      "const list = [1, 2, 3]; Object.defineProperty(list, 0, { get() { list.length = 2; return 'got'; }, enumerable: true }); return structuredClone(list);",
      "const map = new Map([[{ get a() { map.clear(); return 1; } }, 1], [2, 3]]); return structuredClone(map);",
      "const log = []; const shared = { get a() { log.push('once'); return 1; } }; structuredClone([shared, shared]); return log;",
      "const original = { list: [1] }; const c = structuredClone(original); c.list.push(2); return original;",
      "const c = structuredClone(Object.freeze({ a: 1 })); c.a = 2; return c;",
      "try { structuredClone(() => 1); } catch (error) { return [error instanceof DOMException, error.code]; }",
      "let deep = {}; for (let at = 0; at < 500; at++) deep = { deep }; let c = structuredClone(deep); let depth = 0; while (c.deep) { c = c.deep; depth++; } return depth;",
      "return Object.getOwnPropertyDescriptors(structuredClone({ a: 1 }));",
    ].map(doing),
  ]));

test("proxies are cloned as their targets, and transfers are refused, as documented", async () => {
  const script = `export default () => {
    const attempt = (run) => { try { return run(); } catch (error) { return error.name + ": " + error.message; } };
    const log = [];
    const proxy = new Proxy({ a: 1 }, { get: (target, key) => { log.push(String(key)); return target[key]; } });
    return [
      structuredClone(proxy), log, structuredClone(new Proxy([1, 2], {})), structuredClone(new Proxy(new Map([[1, 2]]), {})),
      attempt(() => structuredClone(1, { transfer: [new ArrayBuffer(1)] })), attempt(() => structuredClone(() => 1)),
      attempt(() => structuredClone(new Proxy({}, { ownKeys() { throw new RangeError("trap"); } }))),
      attempt(() => { let deep = []; for (let at = 0; at < 100_000; at++) deep = [deep]; structuredClone(deep); }),
    ];
  };`;
  expect(await isolates.run(script)).toEqual([
    { a: 1 },
    ["a"],
    [1, 2],
    {},
    "DataCloneError: structuredClone: what is to be transferred cannot be cloned, only data can",
    "DataCloneError: structuredClone: a function cannot be cloned, only data can",
    "RangeError: trap",
    "RangeError: Maximum call stack size exceeded",
  ]);
});

/** Builds a graph of the described nodes and lists the clone of its first: every object once, edges as numbers. */
const CLONE_GRAPH = `({ nodes }) => {
  const make = { object: () => ({}), array: () => [], map: () => new Map(), set: () => new Set(), date: (n) => new Date(n), regexp: (n) => new RegExp("x" + n, "g"), error: (n) => new RangeError("m" + n), bytes: (n) => new Uint8Array([n, n + 1]), boxed: (n) => Object(n), sparse: (n) => new Array(n % 5), exception: (n) => new DOMException("m" + n, "AbortError"), weak: () => new WeakMap() };
  const built = nodes.map(({ kind, number }) => make[kind](number));
  for (const [at, { kind, parts }] of nodes.entries()) {
    for (const [key, to, primitive] of parts) {
      const value = to === null ? primitive : built[to % built.length];
      if (kind === "object" || kind === "array" || kind === "sparse") Object.defineProperty(built[at], key, { value, enumerable: true, configurable: true, writable: true });
      if (kind === "map") built[at].set(built[key.length % built.length], value);
      if (kind === "set") built[at].add(value);
      if (kind === "error") Object.defineProperty(built[at], "cause", { value, configurable: true });
    }
  }
  const ids = new Map(), listed = [];
  const id = (value) => {
    if (typeof value !== "object" || value === null) return [typeof value, String(value)];
    if (ids.has(value)) return ids.get(value);
    ids.set(value, ids.size);
    const entry = [Object.prototype.toString.call(value), Object.getPrototypeOf(value).constructor.name];
    listed.push(entry);
    if (value instanceof Date || value instanceof Number) entry.push(Number(value));
    if (value instanceof RegExp) entry.push(String(value));
    if (value instanceof Error) entry.push(value.name, value.message, id(value.cause));
    if (value instanceof Uint8Array) entry.push([...value]);
    else for (const key of Object.keys(value)) entry.push([key, id(value[key])]);
    if (Array.isArray(value)) entry.push(value.length);
    if (value instanceof Map) for (const [key, part] of value) entry.push([id(key), id(part)]);
    if (value instanceof Set) for (const part of value) entry.push(id(part));
    return ids.get(value);
  };
  const clone = structuredClone(built[0]);
  id(clone);
  return [listed, built.some((one) => ids.has(one))];
}`;

test("random graphs", () =>
  compareRandom(
    isolates,
    fc.record({
      nodes: fc.array(
        fc.record({
          kind: fc.oneof(
            {
              weight: 20,
              arbitrary: fc.constantFrom(
                "object",
                "array",
                "map",
                "set",
                "date",
                "regexp",
                "error",
                "bytes",
                "boxed",
                "sparse",
                "exception",
              ),
            },
            { weight: 1, arbitrary: fc.constant("weak") },
          ),
          number: fc.integer({ min: 0, max: 200 }),
          parts: fc.array(
            fc.tuple(
              fc.constantFrom("a", "0", "3", "__proto__", "toString", "constructor", "x"),
              fc.option(fc.nat(20)),
              fc.oneof(fc.integer(), fc.constant("text"), fc.boolean(), fc.constant(null)),
            ),
            { maxLength: 4 },
          ),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    }),
    CLONE_GRAPH,
  ));

test("random JSON equals itself after cloning", () =>
  compareRandom(
    isolates,
    fc.jsonValue({ maxDepth: 4 }),
    "(value) => [structuredClone(value), JSON.stringify(structuredClone(value)) === JSON.stringify(value)]",
  ));
