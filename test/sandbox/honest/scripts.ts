/**
 * Ordinary code that a hardened sandbox breaks easily. Each entry is the body of an async function of `payload` that
 * returns JSON. The right result is that of Node. No entry depends on the time or the machine.
 */
export interface HonestScript {
  readonly name: string;
  readonly body: string;
}

const script = (name: string, body: string): HonestScript => ({ name, body });

export const HONEST_SCRIPTS: readonly HonestScript[] = [
  script(
    "subclasses of Error that set their name and more",
    `class HttpError extends Error {
      constructor(status, options) { super("status " + status, options); this.name = "HttpError"; this.status = status; }
    }
    class NotFound extends HttpError { name = "NotFound"; constructor() { super(404, { cause: new TypeError("inner") }); } toString() { return "NF:" + this.message; } }
    function Old(message) { this.message = message; this.name = "Old"; }
    Old.prototype = Object.create(Error.prototype); Old.prototype.constructor = Old; Old.prototype.toString = function () { return "old " + this.message; };
    const error = new Error("plain"); error.name = "Renamed"; error.message = "changed"; error.code = "E_CODE"; error.toString = () => "own";
    const caught = [];
    for (const one of [new NotFound(), new Old("x"), error, new AggregateError([new RangeError("r")], "many"), new HttpError(500)]) {
      try { throw one; } catch (thrown) { caught.push([thrown.name, thrown.message, String(thrown), thrown instanceof Error, thrown.constructor.name, thrown.cause?.message ?? null, Object.keys(thrown)]); }
    }
    return caught;`,
  ),
  script(
    "objects that override methods of Object.prototype",
    `const money = { amount: 5, toString() { return this.amount + " EUR"; }, valueOf() { return this.amount; }, toJSON() { return "money"; } };
    const late = {}; late.toString = () => "late"; late.valueOf = () => 7; late.constructor = "mine"; late.hasOwnProperty = () => "always"; late.toLocaleString = () => "here";
    const list = [1, 2]; list.toString = () => "a list";
    const date = new Date(0); date.toString = () => "a date";
    const map = new Map(); map.toString = () => "a map";
    const call = () => 1; call.toString = () => "a function";
    const bare = Object.create(null); bare.constructor = 1; bare.toString = 2;
    class Point { constructor(x) { this.x = x; } get [Symbol.toStringTag]() { return "Point"; } [Symbol.toPrimitive](hint) { return hint === "number" ? this.x : "P" + this.x; } }
    return [money + 1, String(money), JSON.stringify(money), late + "", +late, late.constructor, late.hasOwnProperty("x"), late.toLocaleString(), String(list), String(date), String(map), String(call), bare, new Point(3) + "", +new Point(4), Object.prototype.toString.call(new Point(1))];`,
  ),
  script(
    "classes with private fields, static blocks and accessors",
    `class Base { static count = 0; static #made = []; #id; static { Base.count = 10; } constructor(id) { this.#id = id; Base.#made.push(id); } get id() { return this.#id; } set id(value) { this.#id = value; } #secret() { return "s" + this.#id; } reveal() { return this.#secret(); } static made() { return [...Base.#made]; } static is(value) { return #id in value; } }
    class Child extends Base { label = "c" + this.id; get id() { return super.id * 2; } set id(value) { super.id = value; } }
    const child = new Child(4); child.id = 9;
    const mixin = (Parent) => class extends Parent { mixed() { return "mixed " + this.id; } };
    return [child.id, child.label, child.reveal(), Base.made(), Base.is(child), Base.is({}), Base.count, new (mixin(Child))(1).mixed(), Child.name];`,
  ),
  script(
    "generators and iterators",
    `function* fibonacci() { let [a, b] = [0, 1]; for (;;) { const reset = yield a; [a, b] = reset ? [0, 1] : [b, a + b]; } }
    const numbers = fibonacci(); const first = Array.from({ length: 10 }, () => numbers.next().value);
    function* tree(node) { yield node.name; for (const part of node.parts ?? []) yield* tree(part); }
    const lazy = fibonacci().filter((n) => n % 2 === 0).map((n) => n * 10).drop(1).take(4).toArray();
    const log = []; function* guarded() { try { yield 1; yield 2; } finally { log.push("closed"); } }
    for (const n of guarded()) { log.push(n); break; }
    const pairs = { *[Symbol.iterator]() { yield ["a", 1]; yield ["b", 2]; } };
    return [first, numbers.next(true).value, [...tree({ name: "r", parts: [{ name: "x", parts: [{ name: "y" }] }, { name: "z" }] })], lazy, log, Object.fromEntries(pairs), new Map(pairs).size, Math.max(...tree({ name: 3 })), [...new Set("hello")].join("")];`,
  ),
  script(
    "async iteration and promises",
    `async function* ticks(n) { for (let i = 0; i < n; i++) { await null; yield i; } }
    const seen = []; for await (const n of ticks(5)) seen.push(n);
    for await (const n of [Promise.resolve("p"), "q"]) seen.push(n);
    const settled = await Promise.allSettled([1, Promise.reject(new Error("no")), new Promise((resolve) => resolve("late"))]);
    const { promise, resolve } = Promise.withResolvers(); resolve("with");
    class Lazy extends Promise { static get [Symbol.species]() { return Promise; } }
    const order = []; await Promise.all([(async () => { order.push(1); await null; order.push(3); })(), (async () => { order.push(2); await null; order.push(4); })()]);
    let any; try { await Promise.any([Promise.reject(1), Promise.reject(2)]); } catch (error) { any = error.errors; }
    return [seen, settled.map(({ status, value, reason }) => [status, value ?? reason.message]), await promise, await Promise.race([new Promise(() => {}), "first"]), new Lazy((done) => done(1)).then(String) instanceof Lazy, order, any, await Promise.try(() => 5), await Array.fromAsync(ticks(3)), await { then(done) { done("thenable"); } }];`,
  ),
  script(
    "Intl",
    `const date = new Date(Date.UTC(2026, 1, 28, 13, 5, 9));
    return [
      new Intl.NumberFormat("de-DE", { style: "currency", currency: "EUR" }).format(1234567.891), new Intl.NumberFormat("en-IN").format(12345678), (0.256).toLocaleString("en-US", { style: "percent" }),
      new Intl.DateTimeFormat("fr-FR", { dateStyle: "full", timeStyle: "short", timeZone: "Europe/Paris" }).format(date), date.toLocaleDateString("ja-JP", { timeZone: "Asia/Tokyo" }),
      new Intl.PluralRules("ru").select(3), new Intl.ListFormat("en", { type: "disjunction" }).format(["a", "b", "c"]), new Intl.RelativeTimeFormat("es").format(-3, "day"),
      ["z", "ä", "a"].sort(new Intl.Collator("sv").compare), [..."👩‍👩‍👧é"].length, [...new Intl.Segmenter("en").segment("👩‍👩‍👧e\u0301")].length, new Intl.DisplayNames("en", { type: "region" }).of("CH"),
      "İI".toLocaleLowerCase("tr"), "straße".toLocaleUpperCase("de"), "a\u0301".normalize("NFC").length, Intl.getCanonicalLocales("EN-us"), "résumé".localeCompare("resume", "en", { sensitivity: "base" }),
    ];`,
  ),
  script(
    "dates",
    `const start = new Date("2024-02-29T23:59:59.999Z"); const next = new Date(start); next.setUTCFullYear(2025); next.setUTCDate(next.getUTCDate() + 31);
    class Day extends Date { get iso() { return this.toISOString().slice(0, 10); } }
    return [start.toISOString(), next.toISOString(), start.getTime(), JSON.stringify({ start }), new Day(0).iso, Date.UTC(99, 0), new Date(NaN).getTime(), String(new Date(NaN)), Date.parse("2026-11-23T01:09:32+05:30"), new Date(2e15).getTime(), new Date(8640000000000001).getTime(), next - start, start < next, start.toUTCString(), new Date(Date.now()).getTime() > 0, Date.now() - new Date().getTime() <= 5];`,
  ),
  script(
    "regular expressions",
    String.raw`const log = '127.0.0.1 - - [23/Nov/2026:01:09:32 +0000] "GET /a?b=c&d=%20 HTTP/1.1" 200 12\n10.0.0.2 - - [24/Nov/2026:02:10:33 +0000] "POST /x HTTP/2" 404 -';
    const line = /^(?<ip>[\d.]+) \S+ \S+ \[(?<time>[^\]]+)\] "(?<method>\w+) (?<path>[^\s"]+) [^"]*" (?<status>\d{3}) (?<size>\d+|-)$/gm;
    const sticky = /\s*(\d+|[-+*/()])/y; const tokens = []; for (let found = sticky.exec("12 + (3*4)"); found; found = sticky.exec("12 + (3*4)")) tokens.push(found[1]);
    class Loud extends RegExp { [Symbol.replace](text, by) { return super[Symbol.replace](text, by).toUpperCase(); } }
    const global = /a/g; const tests = [global.test("aa"), global.lastIndex, global.test("aa"), global.test("aa"), global.lastIndex];
    return [[...log.matchAll(line)].map(({ groups }) => ({ ...groups })), tokens, "2026-11-23".replace(/(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/, "$<d>.$<m>.$<y>"), "aBc".replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()), "a1b22".split(/(\d+)/), "xaxbx".replace(new Loud("x", "g"), "y"), tests, /(?<=\$)\d+/.exec("cost $42")[0], /\p{Script=Greek}+/u.exec("abc αβγ")[0], /[\p{L}--[a-z]]/v.exec("abcD")[0], "😀".match(/./gu).length, /(a)|(b)/d.exec("b").indices[2], "camelCaseText".split(/(?=[A-Z])/), "aaa".lastIndexOf("a")];`,
  ),
  script(
    "Map, Set, WeakMap, WeakSet and Symbol",
    `const key = {}; const weak = new WeakMap([[key, "kept"]]); const marked = new WeakSet([key]); const tag = Symbol("tag"); const shared = Symbol.for("shared");
    class Counter extends Map { add(name) { return this.set(name, (this.get(name) ?? 0) + 1); } }
    const counter = new Counter(); for (const word of "a b a c a b".split(" ")) counter.add(word);
    const grouped = Map.groupBy([1, 2, 3, 4], (n) => (n % 2 ? "odd" : "even")); const object = { [tag]: 1, [shared]: 2, plain: 3 };
    return [weak.get(key), weak.has({}), marked.has(key), [...counter], [...grouped], Object.groupBy("aab", (letter) => letter).a.length, new Set([1, 2, 3]).union(new Set([4])).size, [...new Set([1, 2, 3]).intersection(new Set([2, 3, 9]))], object[tag], Symbol.keyFor(shared), Object.keys(object), tag.description, String(tag), new Map([[NaN, "nan"]]).get(NaN), [...new Map([["a", 1]]).entries().map(([name, n]) => name + n)]];`,
  ),
  script(
    "JSON with revivers, replacers and raw keys",
    `const text = '{"a":[1,{"when":"2026-11-23T00:00:00.000Z","big":"12345678901234567890n"}],"__proto__":{"x":1},"n":1e400,"z":-0}';
    const revived = JSON.parse(text, function (name, value) { if (name === "when") return new Date(value).getTime(); if (typeof value === "string" && /^\\d+n$/.test(value)) return String(BigInt(value.slice(0, -1)) + 1n); return value; });
    return [revived.a, Object.hasOwn(revived, "__proto__"), revived.x ?? null, JSON.stringify({ b: 1, a: [undefined, () => 1, Symbol("s")], skip: undefined, d: new Date(0), m: new Map([[1, 2]]), nested: { secret: "x", keep: 1 } }, (name, value) => (name === "secret" ? "***" : value), 2), JSON.stringify([1, 2], null, "\\t"), JSON.stringify("\\u2028\\ud800"), JSON.stringify({ a: 1, b: 2 }, ["b"]), JSON.parse('"\\\\u0041"'), JSON.stringify(Object.create({ inherited: 1 })), JSON.stringify([new Number(1), new String("s"), new Boolean(false), Object(1n) instanceof BigInt])];`,
  ),
  script(
    "typed arrays and buffers",
    `const bytes = Uint8Array.from({ length: 256 }, (_, n) => (n * 31) & 255); const view = new DataView(bytes.buffer, 8, 16); view.setFloat64(0, Math.PI); view.setBigUint64(8, 2n ** 63n + 1n, true);
    let crc = 0xffffffff; for (const byte of bytes) { crc ^= byte; for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0); }
    const base64 = (input) => { const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"; let out = ""; for (let at = 0; at < input.length; at += 3) { const chunk = (input[at] << 16) | ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0); out += letters[chunk >> 18] + letters[(chunk >> 12) & 63] + (at + 1 < input.length ? letters[(chunk >> 6) & 63] : "=") + (at + 2 < input.length ? letters[chunk & 63] : "="); } return out; };
    class Named extends Uint16Array { get total() { return this.reduce((sum, n) => sum + n, 0); } }
    return [(crc ^ 0xffffffff) >>> 0, view.getFloat64(0), String(view.getBigUint64(8, true)), base64(bytes.subarray(0, 20)), [...new Uint8ClampedArray([300, -5, 1.5])], Named.of(1, 2, 65537).total, [...new Float32Array([1.1])], bytes.slice(0, 3).toReversed().join(), [...bytes.buffer.slice(1, 3) instanceof ArrayBuffer ? [1] : [0]], structuredLike(bytes), bytes.with(0, 9)[0], [...new BigInt64Array([1n, -1n])].map(String), new Uint8Array([3, 1, 2]).toSorted().join(), bytes.indexOf(62), new Uint32Array(new Uint8Array([1, 0, 0, 0]).buffer)[0], new ArrayBuffer(8).transfer(4).byteLength];
    function structuredLike(input) { return JSON.parse(JSON.stringify([...input.subarray(250)])); }`,
  ),
  script(
    "tagged templates and strings",
    `const calls = []; const tag = (strings, ...values) => { calls.push(strings); return strings.raw.join("|") + values.map((value) => typeof value).join(","); };
    const same = () => tag\`a\${1}b\`; same(); same();
    const html = (strings, ...values) => strings.reduce((all, part, at) => all + part + (at < values.length ? String(values[at]).replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";") : ""), "");
    return [tag\`x\\n\${1}\\u{41}\${"s"}\${{}}\`, calls[0] === calls[1], Object.isFrozen(calls[0]), html\`<a title="\${'"<&>'}">\${[1, 2]}</a>\`, String.raw\`\\u00e9\${1}\`, "abc".at(-1), "a-b-c".replaceAll("-", (m, at) => at), "x".padStart(3, "ab"), "😀a".codePointAt(0), [..."a😀"].toReversed().join(""), "\\ud800".isWellFormed(), "\\ud800x".toWellFormed().charCodeAt(0), "ß".toUpperCase(), encodeURIComponent("ü/?&"), decodeURIComponent("%F0%9F%98%80"), escape("ü"), "abc".substr(-2, 1), "a,b".concat("c", 1), "trim\\u00a0 ".trimEnd().length];`,
  ),
  script(
    "sorting and array methods",
    `const people = Array.from({ length: 500 }, (_, n) => ({ n, group: (n * 7919) % 10, name: "p" + ((n * 104729) % 1000) }));
    class Stack extends Array { peek() { return this.at(-1); } }
    const stack = Stack.from([1, 2, 3]); const doubled = stack.map((n) => n * 2);
    const sparse = [1, , 3]; const matrix = [[1, [2, [3, [4]]]]];
    return [people.toSorted((a, b) => a.group - b.group || a.name.localeCompare(b.name, "en", { numeric: true })).slice(0, 20).map(({ n }) => n), [10, 9, 1, undefined, 2].sort(), ["b", "a"].toSorted().join(), doubled instanceof Stack, doubled.peek(), stack.concat([9]).length, sparse.length, 1 in sparse, sparse.flatMap((n) => [n, n]), matrix.flat(Infinity), [1, 2, 3, 4].findLast((n) => n % 2), [1, 2, 3].with(1, 9), [1, 2, 3].toSpliced(1, 1, "x", "y"), [3, 4].entries().toArray(), Array.from("abc", (letter, at) => letter + at), [1, 2, 3].reduceRight((all, n) => all + n, ""), [[1, "a"], [2, "b"]].map(([n, letter]) => ({ n, letter })), Array.isArray(Array.prototype), [1, 2, 3, 4, 5].copyWithin(0, 3), Object.entries({ b: 1, a: 2, 1: 3 }), [NaN].includes(NaN), [,].length];`,
  ),
  script(
    "proxies, reflection and accessors",
    `const log = []; const watched = new Proxy({ a: 1 }, { get(target, name, receiver) { log.push(String(name)); return Reflect.get(target, name, receiver); }, has: () => true, set(target, name, value) { target[name] = value * 2; return true; }, deleteProperty: () => true, ownKeys: () => ["a", "x"], getOwnPropertyDescriptor: (target, name) => ({ value: name, enumerable: true, configurable: true }) });
    watched.b = 2; const view = { first: "A", last: "B", get full() { return this.first + this.last; }, set full(value) { [this.first, this.last] = value.split(" "); } }; view.full = "C D";
    const frozen = Object.freeze({ deep: { open: 1 } }); frozen.deep.open = 2; let refused; try { frozen.deep = 3; } catch (error) { refused = error.constructor.name; }
    const defined = Object.defineProperties({}, { hidden: { value: 1 }, shown: { value: 2, enumerable: true } });
    return [watched.a, watched.b, "zzz" in watched, Object.keys(watched), log, view.full, { ...view }, frozen, refused, Object.keys(defined), defined.hidden, Reflect.ownKeys({ 2: 1, b: 1, 1: 1, [Symbol.iterator]: 1 }).map(String), Reflect.construct(Date, [0]).getTime(), Reflect.apply(Math.max, null, [1, 3]), Object.is(-0, 0), Object.getOwnPropertyNames(class { static s() {} }).sort()];`,
  ),
  script(
    "closures, scope and control flow",
    `const memo = (fn) => { const known = {}; return (n) => (known[n] ??= fn(n)); }; const fib = memo((n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)));
    const fns = []; for (let n = 0; n < 3; n++) fns.push(() => n); let out = ""; outer: for (const a of [1, 2, 3]) for (const b of [1, 2, 3]) { if (b === 2) continue outer; if (a === 3) break outer; out += a + ":" + b + " "; }
    const { a = 5, b: { c = 6, ...others } = {}, ...rest } = { b: { d: 1, e: 2 }, f: 3 }; const finals = (() => { try { return "try"; } finally { out += "finally"; } })();
    const curry = (f) => (x) => (y) => f(x, y); const compose = (...all) => (x) => all.reduceRight((value, f) => f(value), x); function defaults(x = 1, y = x + 1, ...more) { return [x, y, more.length, arguments.length]; }
    const evaluated = [typeof missing, void 0 ?? "nullish", null?.x?.y ?? "optional", (() => { switch (3) { case 1: return 1; default: return "default"; case 2: return 2; } })()];
    return [fib(80), fns.map((f) => f()), out, a, c, others, rest, finals, curry(Math.max)(3)(4), compose((x) => x + 1, (x) => x * 10)(2), defaults(), defaults(5, undefined, 1, 2), evaluated, (() => { let n = 0; do n++; while (n < 5); return n; })(), 2 ** 10, 7 % -3, -7 >> 1, -7 >>> 28, 0.1 + 0.2, 1_000n.toString()];`,
  ),
  script(
    "BigInt and numbers",
    `let n = 1n; for (let k = 1n; k <= 60n; k++) n *= k; const isPrime = (value) => { for (let d = 2n; d * d <= value; d++) if (value % d === 0n) return false; return value > 1n; };
    return [String(n), isPrime(1_000_003n), String(BigInt.asUintN(64, -1n)), (255).toString(16), (0.1).toFixed(20), (1234.5678).toPrecision(6), (1e21).toString(), Number("0x1f"), parseInt("08"), parseFloat("3.14abc"), Number.MAX_SAFE_INTEGER, Math.hypot(3, 4), Math.fround(5.5), Math.clz32(1), Math.imul(0xffffffff, 5), Math.trunc(-4.7), Number.EPSILON > 0, (25).toString(36), Math.sign(-3), Math.cbrt(27), Math.log2(8), Number.isSafeInteger(2 ** 53), String(5n / 2n), String((-5n) % 3n), 10n > 9, 2n == 2];`,
  ),
  script(
    "a megabyte of structured data",
    `const rows = Array.from({ length: 8000 }, (_, n) => ({ id: n, name: "item " + n, tags: ["t" + (n % 7), "u" + (n % 11)], nested: { price: (n * 1.37) % 100, stock: n % 13, at: new Date(n * 1e7).toISOString() } }));
    const text = JSON.stringify(rows); const parsed = JSON.parse(text); const by = new Map(); for (const row of parsed) for (const tag of row.tags) by.set(tag, [...(by.get(tag) ?? []).slice(-20), row.id]);
    const total = parsed.reduce((sum, { nested: { price, stock } }) => sum + price * stock, 0); let hash = 0; for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    return { length: text.length, hash, total, by: Object.fromEntries([...by].sort(([a], [b]) => (a < b ? -1 : 1))), sample: parsed.filter(({ id }) => id % 1999 === 0) };`,
  ),
  script(
    "a payload of a megabyte",
    `const { rows = [] } = payload; const byTeam = Object.groupBy(rows, ({ team }) => team); return { count: rows.length, teams: Object.entries(byTeam).map(([team, members]) => [team, members.length, members.reduce((sum, { points }) => sum + points, 0)]), last: rows.at(-1) ?? null, text: JSON.stringify(payload).length };`,
  ),
  script(
    "old habits: prototypes, call, apply and arguments",
    `function Animal(name) { if (!(this instanceof Animal)) return new Animal(name); this.name = name; } Animal.prototype.speak = function () { return this.name + " speaks"; }; Animal.prototype.toString = function () { return "[" + this.name + "]"; };
    function Dog() { Animal.apply(this, arguments); } Dog.prototype = Object.create(Animal.prototype); Dog.prototype.constructor = Dog; Dog.prototype.valueOf = function () { return 42; };
    var extend = function (target) { for (var at = 1; at < arguments.length; at++) for (var key in arguments[at]) if (Object.prototype.hasOwnProperty.call(arguments[at], key)) target[key] = arguments[at][key]; return target; };
    var dog = new Dog("Rex"); var list = Array.prototype.slice.call({ 0: "a", 1: "b", length: 2 }); var bound = Animal.prototype.speak.bind({ name: "bound" });
    return [dog.speak(), String(dog), +dog, dog instanceof Animal, dog.constructor === Dog, extend({}, { a: 1 }, { b: 2, toString: 3 }), list, bound(), Math.max.apply(null, [1, 5]), Object.prototype.toString.call([]), {}.toString.call(null), (function () { return typeof this; }).call(5), dog.hasOwnProperty("name"), "name" in dog, Object.keys(dog), dog.propertyIsEnumerable("name"), Animal("X").name, Object.getPrototypeOf(dog) === Dog.prototype];`,
  ),
];
