/** `Headers` behave in an isolate as they do in Node. */
import fc from "fast-check";
import { afterAll, test } from "vitest";
import { compareRandom, compareTable, startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const ALL = "((headers) => [[...headers], headers.getSetCookie()])";

test("headers are made of lists, records and other headers", () =>
  compareTable(isolates, [
    ...[
      "",
      "undefined",
      "null",
      "1",
      "'a'",
      "true",
      "{}",
      "[]",
      "[[]]",
      "[['a']]",
      "[['a', 'b', 'c']]",
      "['ab']",
      "[1]",
      "[null]",
      "[['a', 'b'], ['A', 'c']]",
      "{ a: 'b', A: 'c' }",
      "{ 'X-Y': 1, b: null, c: undefined }",
      "new Map([['a', 'b']])",
      "new Headers({ a: 'b' })",
      "new Headers([['set-cookie', 'a'], ['set-cookie', 'b']])",
      "[new Set(['a', 'b'])]",
      "[['b', '1'], ['a', '2'], ['set-cookie', 'x'], ['set-cookie', 'y'], ['c', '3']]",
      "{ [Symbol('x')]: 1 }",
      "{ 'é': '1' }",
      "{ '€': '1' }",
      "{ '': '1' }",
      "{ 'a b': '1' }",
      "{ 'a:': '1' }",
      "{ a: '\\u0000' }",
      "{ a: 'x\\ny' }",
      "{ a: '\\n x \\t\\r' }",
      "{ a: 'é' }",
      "{ a: '€' }",
      "{ a: '\\ud800' }",
      "Object.create({ inherited: 'x' })",
      "new URLSearchParams('a=b')",
      "(function* () { yield ['a', 'b']; })()",
      "new Proxy({ a: 1 }, {})",
      "[['cookie', 'a=1'], ['cookie', 'b=2']]",
      "{ a: Symbol() }",
      "{ a: { toString: () => 'x' } }",
    ].map((init) => `${ALL}(new Headers(${init}))`),
    "Headers()",
    "(() => { const log = []; try { new Headers({ get a() { log.push('a'); return 1; }, get b() { log.push('b'); return '\\u0000'; }, get c() { log.push('c'); return 3; } }); } catch {} return log; })()",
  ]));

test("names and values are checked and normalized", () => {
  const codes = [...Array.from({ length: 130 }, (_, at) => at), 0xa0, 0xff, 0x100];
  return compareTable(isolates, [
    ...codes.map((code) => `[...new Headers([[String.fromCharCode(${code}), 'x']])]`),
    ...codes.map((code) => `new Headers({ a: 'x' + String.fromCharCode(${code}) + 'y' }).get('a')`),
    ...codes.map((code) => `new Headers({ a: String.fromCharCode(${code}) }).get('a')`),
  ]);
});

test("methods", () => {
  const START = "[['b', '1'], ['A', '2'], ['set-cookie', 's'], ['a', '3'], ['Set-Cookie', 't']]";
  return compareTable(isolates, [
    ...[
      "headers.append('a', '4')",
      "headers.append('x', ' y ')",
      "headers.append('a')",
      "headers.append()",
      "headers.append('a b', 'c')",
      "headers.append('a', '\\n')",
      "headers.append('a', 'b\\nc')",
      "headers.append('set-cookie', 'u')",
      "headers.append(Symbol(), 1)",
      "headers.append('x', undefined)",
      "headers.append('€', '€')",
      "headers.append('cookie', 'a'); headers.append('Cookie', 'b')",
      "headers.delete('A')",
      "headers.delete('x')",
      "headers.delete()",
      "headers.delete('a b')",
      "headers.delete('set-cookie')",
      "headers.get('A')",
      "headers.get('x')",
      "headers.get()",
      "headers.get('a b')",
      "headers.get('set-cookie')",
      "headers.get(1)",
      "headers.has('A')",
      "headers.has('x')",
      "headers.has()",
      "headers.has('')",
      "headers.set('A', '9')",
      "headers.set('x', '9')",
      "headers.set('x')",
      "headers.set('a', '\\u0000')",
      "headers.set('set-cookie', 'z')",
      "headers.getSetCookie()",
      "[...headers.keys()]",
      "[...headers.values()]",
      "[...headers.entries()]",
      "headers.forEach(1)",
      "headers.forEach()",
      "(() => { const all = []; headers.forEach(function (...args) { all.push(this.x, args[0], args[1], args[2] === headers, args.length); }, { x: 1 }); return all; })()",
      "(() => { const all = []; for (const [name] of headers) { all.push(name); headers.delete(name); } return all; })()",
      "(() => { const all = []; for (const [name] of headers) { all.push(name); if (all.length < 9) headers.append('n' + all.length, 'x'); } return all; })()",
      "(() => { const all = []; for (const [name] of headers) { all.push(name); if (all.length < 9) headers.append('0' + all.length, 'x'); } return all; })()",
      "headers.keys().next()",
      "headers.keys().toArray()",
      "headers.entries().map(([name]) => name).toArray()",
      "Object.prototype.toString.call(headers.keys())",
      "Object.getOwnPropertyNames(Object.getPrototypeOf(headers.keys()))",
      "Object.getPrototypeOf(headers.keys()).next.call({})",
      "(() => { headers.getSetCookie().push('x'); [...headers][0].push('y'); return 1; })()",
      "Object.prototype.toString.call(headers)",
      "JSON.stringify(headers)",
      "Object.keys(headers)",
      "Object.fromEntries(headers)",
      "new Headers(headers).get('a')",
    ].map(
      (code) =>
        `(() => { const headers = new Headers(${START}); const returned = (() => { ${code.includes(";") && !code.startsWith("(") ? code : `return (${code})`} })(); return [returned, ${ALL}(headers)]; })()`,
    ),
    "Headers.prototype.entries === Headers.prototype[Symbol.iterator]",
    "Object.keys(Headers.prototype).sort()",
    "Headers.prototype.get.call({}, 'a')",
    "Headers.prototype.append.call(Headers.prototype, 'a', 'b')",
    "['append', 'delete', 'get', 'getSetCookie', 'has', 'set', 'forEach', 'keys', 'values', 'entries'].map((name) => Headers.prototype[name].length)",
    "new (class extends Headers { get(name) { return super.get(name) + '!'; } })({ a: 'b' }).get('a')",
    "[...new (class extends Headers { get(name) { return 'spoofed'; } getSetCookie() { return ['spoofed']; } })({ a: 'b', 'set-cookie': 'c' })]",
  ]);
});

test("random changes", () =>
  compareRandom(
    isolates,
    fc.array(
      fc.tuple(
        fc.constantFrom("append", "set", "delete"),
        fc.constantFrom("a", "A", "b", "Set-Cookie", "set-cookie", "cookie", "x-1", "é", "a b", ""),
        fc.string({
          unit: fc.constantFrom("v", " ", ",", "\t", "\n", "é", "€", "\u0000"),
          maxLength: 3,
        }),
      ),
      { maxLength: 8 },
    ),
    `(changes) => { const headers = new Headers(); const returned = changes.map(([how, ...what]) => outcome(() => headers[how](...what))); return [returned, ${ALL}(headers)]; }`,
  ));
