/** `URLSearchParams` behaves in an isolate as it does in Node. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { compareRandom, compareTable, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const ALL = "((params) => [[...params], params.toString(), params.size])";

const TEXTS = [
  "",
  "?",
  "??",
  "a",
  "a=",
  "=a",
  "=",
  "&",
  "&&",
  "a=b",
  "?a=b",
  "??a=b",
  "a=b&",
  "&a=b",
  "a=b&a=c",
  "a&b",
  "a=b=c",
  "a==",
  "a+b=c+d",
  "a%20b=c%2Bd",
  "%",
  "%4",
  "%4g",
  "%g4",
  "%41=%61",
  "%c3%a9=é",
  "%ff=%80",
  "%c3=%a9",
  "%ef%bb%bf=x",
  "\ufeff=x",
  "a;b=c",
  "a#b=c",
  "a=\ud800",
  "%ed%a0%80",
  "%f0%9f%98%80",
  "😀=%F0%9f%98%80",
  "a\u0000b",
  "%00",
  "a=b&a=b",
  "id=0&value=%",
  "b=%2sf%2a",
  "b=%2%2af%2a",
  "b=%%2a",
  "a=~!*()'-._ ",
];

test("parameters are parsed from text", () =>
  compareTable(
    isolates,
    TEXTS.map((text) => `${ALL}(new URLSearchParams(${JSON.stringify(text)}))`),
  ));

test("parameters are made of other values", () =>
  compareTable(isolates, [
    ...[
      "",
      "undefined",
      "null",
      "1",
      "true",
      "{}",
      "[]",
      "[[]]",
      "[['a']]",
      "[['a', 'b', 'c']]",
      "[['a', 'b']]",
      "[[1, 2], ['a', null]]",
      "['ab']",
      "[1]",
      "[null]",
      "{ a: 1, b: [2, 3], c: undefined }",
      "{ '\\ud800': 'a', '\\ufffd': 'b' }",
      "new Map([['a', 'b']])",
      "new Set([['a', 'b']])",
      "[new Set(['a', 'b'])]",
      "[new String('ab')]",
      "new URLSearchParams('x=y&x=z')",
      "{ [Symbol.iterator]: 1 }",
      "{ [Symbol.iterator]: null, a: 1 }",
      "{ [Symbol.iterator]: undefined, a: 1 }",
      "{ [Symbol('x')]: 1 }",
      "Object.defineProperty({ a: 1 }, 'hidden', { value: 1 })",
      "Object.create({ inherited: 1 })",
      "Object.assign(() => {}, { a: 1 })",
      "Symbol()",
      "new Date(0)",
      "{ toString: () => 'a=b' }",
      "new String('a=b')",
      "(function* () { yield ['a', 'b']; yield ['c', 'd']; })()",
      "[['a', Symbol()]]",
      "new Proxy({ a: 1, b: 2 }, {})",
      "new Headers({ a: 'b' })",
      "{ 2: 'b', 1: 'a', x: 'c' }",
    ].map((init) => `${ALL}(new URLSearchParams(${init}))`),
    "URLSearchParams('a')",
    "(() => { const log = []; new URLSearchParams({ get a() { log.push('a'); return 1; }, get b() { log.push('b'); return 2; } }); return log; })()",
    "(() => { const params = new URLSearchParams('a=b'); const copy = new URLSearchParams(params); copy.append('c', 'd'); return [String(params), String(copy)]; })()",
    "(() => { const params = new URLSearchParams('a=b'); Object.defineProperty(params, Symbol.iterator, { value: function* () { yield ['x', 'y']; } }); return String(new URLSearchParams(params)); })()",
    "(() => { const closed = []; const init = { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return: () => { closed.push(1); return {}; } }; } }; try { new URLSearchParams(init); } catch {} return closed; })()",
  ]));

test("methods", () => {
  const START = "a=1&b=2&a=3&=4&é=5";
  const doing = (code: string) =>
    `(() => { const params = new URLSearchParams(${JSON.stringify(START)}); const returned = (${code}); return [returned, ${ALL}(params)]; })()`;
  return compareTable(isolates, [
    ...[
      "params.append('a', 'b')",
      "params.append('a')",
      "params.append()",
      "params.append(undefined, undefined)",
      "params.append(1, null)",
      "params.append('\\ud800', '\\udc00')",
      "params.append(Symbol(), 1)",
      "params.append('a', 'b', 'c')",
      "params.delete('a')",
      "params.delete()",
      "params.delete('a', '3')",
      "params.delete('a', 3)",
      "params.delete('a', undefined)",
      "params.delete('a', 'x')",
      "params.delete(undefined)",
      "params.delete('')",
      "params.delete('a', null)",
      "params.get('a')",
      "params.get('x')",
      "params.get('')",
      "params.get()",
      "params.getAll('a')",
      "params.getAll('x')",
      "params.getAll()",
      "params.has('a')",
      "params.has('x')",
      "params.has('a', '3')",
      "params.has('a', '4')",
      "params.has('a', undefined)",
      "params.has()",
      "params.set('a', '9')",
      "params.set('x', '9')",
      "params.set('a')",
      "params.set('', '')",
      "params.sort()",
      "params.toString()",
      "params.size",
      "params.forEach(1)",
      "params.forEach()",
      "params.foo = 1",
      "[...params.keys()]",
      "[...params.values()]",
      "[...params.entries()]",
      "(() => { const all = []; params.forEach(function (...args) { all.push(this.x, args[0], args[1], args[2] === params, args.length); }, { x: 1 }); return all; })()",
      "(() => { const all = []; for (const [name] of params) { all.push(name); params.delete(name); } return all; })()",
      "(() => { const all = []; for (const [name] of params) { all.push(name); if (all.length < 9) params.append('n', all.length); } return all; })()",
      "(() => { const all = []; params.forEach((value, name) => { all.push(name); params.delete(name); }); return all; })()",
      "params.keys().next()",
      "params.keys().toArray()",
      "params.values().map((one) => one + one).toArray()",
      "[...params.entries()][0] === [...params.entries()][0]",
      "Object.prototype.toString.call(params.keys())",
      "Object.getOwnPropertyNames(Object.getPrototypeOf(params.keys()))",
      "(() => { const steps = params.keys(); steps.next(); return [...steps]; })()",
      "Object.getPrototypeOf(params.keys()).next.call({})",
      "(() => { const one = [...params][0]; one[0] = 'changed'; one.push('x'); return 1; })()",
      "params.keys()[Symbol.iterator]().next()",
      "Object.fromEntries(params)",
      "JSON.stringify(params)",
      "'' + params",
    ].map(doing),
    "URLSearchParams.prototype.entries === URLSearchParams.prototype[Symbol.iterator]",
    "Object.keys(URLSearchParams.prototype).sort()",
    "URLSearchParams.prototype.get.call({}, 'a')",
    "URLSearchParams.prototype.size",
    "Object.prototype.toString.call(new URLSearchParams())",
    "['append', 'delete', 'get', 'getAll', 'has', 'set', 'sort', 'forEach', 'toString'].map((name) => URLSearchParams.prototype[name].length)",
    "(() => { const params = new URLSearchParams('z=b&a=b&z=a&a=a&\\ufffc=1&\\ud83d\\ude00=2&A=3&=4'); params.sort(); return [...params]; })()",
    "new (class extends URLSearchParams { get first() { return [...this][0]; } })('a=b').first",
  ]);
});

/** Node misreads letters beyond ASCII in a text with escapes that are not UTF-8, so the two are never combined here. */
const ASCII = [
  "a",
  "b",
  "&",
  "=",
  "+",
  "%41",
  "%c3%a9",
  "?",
  " ",
  "*",
  "-",
  "~",
  "'",
  "\u0000",
  "#",
];
const piece = fc.oneof(
  fc.constantFrom(...ASCII, "é", "€", "😀", "\ud800", "\ufeff"),
  fc.string({ unit: "binary", maxLength: 2 }),
);
const asciiPiece = fc.constantFrom(...ASCII, "%", "%2", "%ff", "%c3", "%80", "%ed%a0%80", "%f0%9f");
const text = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
  fc.array(asciiPiece, { maxLength: 8 }).map((pieces) => pieces.join("")),
);

test("letters and escapes that are not UTF-8 are read as the standard requires", async () => {
  const script = "export default () => [...new URLSearchParams('€%ff=%ffé😀')];";
  expect(await isolates.run(script)).toEqual([["€\ufffd", "\ufffdé😀"]]);
});

test("random text is parsed and written like in Node", () =>
  compareRandom(isolates, text, `(text) => ${ALL}(new URLSearchParams(text))`));

test("random lists and changes", () =>
  compareRandom(
    isolates,
    fc.record({
      pairs: fc.array(fc.tuple(text, text), { maxLength: 6 }),
      changes: fc.array(
        fc.tuple(
          fc.constantFrom("append", "set", "delete", "sort"),
          fc.constantFrom("a", "b", "é"),
          fc.constantFrom("a", "1"),
        ),
        { maxLength: 6 },
      ),
    }),
    `({ pairs, changes }) => { const params = new URLSearchParams(pairs); for (const [how, ...what] of changes) params[how](...what); return ${ALL}(params); }`,
  ));

test("a hundred thousand appended pairs take linear time; quadratic time would exceed the limit of a run", async () => {
  const script =
    "export default () => { const params = new URLSearchParams(); for (let at = 0; at < 100_000; at++) params.append('a', at); return params.size; };";
  const end = await isolates.end(script);
  expect(end).toMatchObject({ result: "100000" });
});
