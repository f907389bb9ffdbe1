/** No script can change web globals for another one, in either style and in both kinds of isolate. */
import { afterAll, describe, expect, test } from "vitest";
import { startIsolates } from "../../support/both-worlds.ts";

const isolates = startIsolates();
afterAll(() => isolates[Symbol.asyncDispose]());

const GLOBALS =
  "AbortController AbortSignal atob btoa DOMException Event EventTarget Headers queueMicrotask structuredClone TextDecoder TextEncoder URL URLSearchParams".split(
    " ",
  );

/** Evaluates bodies of functions in one isolate and returns their results. */
type Evaluate = (body: string) => Promise<unknown>;

const lastLine = async (lines: Promise<readonly string[]>): Promise<unknown> =>
  JSON.parse((await lines).at(-1) ?? "null");

const WAYS: readonly (readonly [string, Evaluate])[] = [
  ["a function", (body) => isolates.run(`export default () => { ${body} };`)],
  ["a function without export", (body) => isolates.run(body)],
  [
    "a match script",
    (body) =>
      lastLine(
        isolates.decide(
          `export default (event, ctx) => { ctx.log.info(JSON.stringify((() => { ${body} })())); };`,
        ),
      ),
  ],
  [
    "a match script without export",
    (body) =>
      lastLine(isolates.decide(`LOG.info(JSON.stringify((() => { ${body} })())); return false;`)),
  ],
];

/** A script that walks everything reachable from each global, and returns whether all of it is frozen. */
const UNFROZEN = `
  const names = ${JSON.stringify(GLOBALS)};
  const controller = new AbortController();
  const roots = names.map((name) => [name, globalThis[name]]);
  const made = { headers: new Headers().keys(), params: new URLSearchParams().entries(), event: new Event("a"), controller, signal: controller.signal, reason: AbortSignal.abort().reason, url: new URL("http://a"), params2: new URL("http://a").searchParams };
  for (const [name, one] of Object.entries(made)) roots.push([name, typeof one === "function" ? one : Object.getPrototypeOf(one)]);
  const seen = new Set([RegExp.prototype]), loose = [];
  while (roots.length > 0) {
    const [path, one] = roots.pop();
    if ((typeof one !== "object" && typeof one !== "function") || one === null || seen.has(one)) continue;
    seen.add(one);
    if (!Object.isFrozen(one)) loose.push(path);
    roots.push([path + ".[[Prototype]]", Object.getPrototypeOf(one)]);
    for (const key of Reflect.ownKeys(one)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(one, key);
      roots.push([path + "." + String(key), value], [path + ".get " + String(key), get], [path + ".set " + String(key), set]);
    }
  }
  return [loose, seen.size > 150];`;

/** Each of these changes fails or has no lasting effect. */
const TAMPERING = `
  const attempt = (change) => { try { change(); } catch {} };
  for (const name of ${JSON.stringify(GLOBALS)}) {
    attempt(() => { globalThis[name] = "stolen"; });
    attempt(() => { delete globalThis[name]; });
    attempt(() => Object.defineProperty(globalThis, name, { value: "stolen" }));
    const value = globalThis[name];
    attempt(() => { value.stolen = 1; });
    attempt(() => Object.setPrototypeOf(value, null));
    for (const target of [value, value.prototype ?? value]) {
      attempt(() => Object.setPrototypeOf(target, { stolen: 1 }));
      for (const key of Reflect.ownKeys(target)) {
        attempt(() => { target[key] = () => "stolen"; });
        attempt(() => delete target[key]);
        attempt(() => Object.defineProperty(target, key, { value: () => "stolen" }));
        attempt(() => Object.defineProperty(target, key, { get: () => "stolen" }));
        const { value: member, get, set } = Object.getOwnPropertyDescriptor(target, key) ?? {};
        for (const part of [member, get, set]) attempt(() => { part.stolen = 1; });
      }
    }
  }
  for (const steps of [new Headers().keys(), new URLSearchParams().keys()]) {
    attempt(() => { Object.getPrototypeOf(steps).next = () => ({ done: true }); });
    attempt(() => { Object.getPrototypeOf(steps).stolen = 1; });
  }
  attempt(() => { Array.prototype.push = () => 0; });
  attempt(() => { Array.prototype[Symbol.iterator] = () => [].keys(); });
  attempt(() => { Map.prototype.get = () => "stolen"; });
  attempt(() => { String.prototype.toWellFormed = () => "stolen"; });
  attempt(() => { Uint8Array.prototype.subarray = () => "stolen"; });
  attempt(() => { JSON.stringify = () => "stolen"; });
  attempt(() => { Object.prototype.value = "stolen"; });
  attempt(() => { Object.prototype.get = () => "stolen"; });
  attempt(() => Object.defineProperty(Array, Symbol.species, { value: class extends Array { constructor() { super(); this.push = () => 0; } } }));
  attempt(() => { RegExp.prototype.exec = () => null; });
  attempt(() => { RegExp.prototype.test = () => false; });
  attempt(() => { RegExp.prototype[Symbol.matchAll] = () => ({}); });
  attempt(() => { RegExp.prototype[Symbol.replace] = () => "stolen"; });
  attempt(() => { RegExp.prototype[Symbol.split] = () => ["stolen"]; });
  attempt(() => Object.defineProperty(RegExp.prototype, "source", { get: () => "stolen" }));
  attempt(() => Object.defineProperty(RegExp.prototype, "global", { get: () => false }));`;

const WORKING = `
  const log = [];
  const url = new URL("/b?x=1", "http://a");
  url.searchParams.append("y", "é");
  const headers = new Headers({ "X-A": " 1 " });
  headers.append("x-a", "2");
  const controller = new AbortController();
  controller.signal.addEventListener("abort", ({ type }) => log.push(type));
  controller.abort();
  let refused;
  try { atob("!"); } catch (error) { refused = error.name + error.code; }
  return [
    url.href, [...url.searchParams], [...headers], headers.get("X-A"), log, controller.signal.reason.name, refused, atob(btoa("xyz")),
    new TextDecoder().decode(new TextEncoder().encode("é€")), [...structuredClone(new Map([[1, { a: 2 }]]))], Object.getOwnPropertyNames(URL).includes("stolen"),
  ];`;
const WORKED = [
  "http://a/b?x=1&y=%C3%A9",
  [
    ["x", "1"],
    ["y", "é"],
  ],
  [["x-a", "1, 2"]],
  "1, 2",
  ["abort"],
  "AbortError",
  "InvalidCharacterError5",
  "xyz",
  "é€",
  [[1, { a: 2 }]],
  false,
];

describe.each(WAYS)("in %s", (_, evaluate) => {
  test("every global exists, and everything reachable from it is frozen", async () => {
    expect(await evaluate(UNFROZEN)).toEqual([[], true]);
  });

  test("no global can be replaced, removed or hidden", async () => {
    const body = `
      "use strict";
      return ${JSON.stringify(GLOBALS)}.map((name) => {
        const before = globalThis[name];
        let errors = 0;
        try { globalThis[name] = 1; } catch (error) { errors += error instanceof TypeError; }
        try { delete globalThis[name]; } catch (error) { errors += error instanceof TypeError; }
        try { Object.defineProperty(globalThis, name, { value: 1 }); } catch (error) { errors += error instanceof TypeError; }
        return [typeof before, before === globalThis[name], errors];
      });`;
    expect(await evaluate(body)).toEqual(GLOBALS.map(() => ["function", true, 3]));
  });

  test("a script that tampers still gets correct results itself", async () => {
    expect(await evaluate(`${TAMPERING} ${WORKING}`)).toEqual(WORKED);
  });

  test("changes by one run are gone in the next", async () => {
    const body = `const before = (() => { ${WORKING} })(); ${TAMPERING} return before;`;
    for (let round = 0; round < 3; round++) expect(await evaluate(body)).toEqual(WORKED);
  });

  test("a name that is first read after tampering is intact", async () => {
    expect(
      await evaluate(`${TAMPERING.replace(JSON.stringify(GLOBALS), "[]")} ${WORKING}`),
    ).toEqual(WORKED);
  });
});

test("a run that overflows the stack inside a global leaves it intact", async () => {
  const script = `export default () => {
    const dig = () => { try { dig(); } catch {} try { new URL("http://a"); new Headers([["a", "b"]]); structuredClone([new Map()]); AbortSignal.any([]); new TextDecoder("latin1"); btoa("x"); } catch {} };
    dig();
    return (() => { ${WORKING} })();
  };`;
  expect(await isolates.run(script)).toEqual(WORKED);
  const unfrozen = `export default () => {
    const dig = () => { try { dig(); } catch {} try { URL; Headers; structuredClone; AbortSignal; TextDecoder; btoa; } catch {} };
    dig();
    return (() => { ${UNFROZEN} })();
  };`;
  expect(await isolates.run(unfrozen)).toEqual([[], true]);
});

test("a regular expression is cloned correctly, also after its prototype was changed", async () => {
  const script = `export default () => {
    const [source, flags] = ["source", "flags"].map((key) => Object.getOwnPropertyDescriptor(RegExp.prototype, key).get);
    Object.defineProperty(RegExp.prototype, "source", { get: () => "stolen" });
    const expression = structuredClone(/x/gi);
    return [source.call(expression), flags.call(expression), /y/.source];
  };`;
  expect(await isolates.run(script)).toEqual(["x", "gi", "stolen"]);
});

test("objects that a script shaped do not deceive the globals", async () => {
  const script = `export default () => {
    const bytes = new Uint8Array([97, 98]);
    for (const key of ["buffer", "byteLength", "byteOffset", "length", "constructor", "slice", "subarray", Symbol.toStringTag])
      Object.defineProperty(bytes, key, { get() { throw new Error("read"); } });
    const species = [1, 2];
    Object.defineProperty(species, "constructor", { value: undefined });
    const map = Object.defineProperty(new Map([[1, 2]]), "size", { get() { throw new Error("read"); } });
    return [
      new TextDecoder().decode(bytes), [...new Uint8Array(structuredClone(bytes).buffer)], structuredClone(map).get(1),
      structuredClone(Object.defineProperty([1], "constructor", { value: { [Symbol.species]: class { constructor() { throw new Error("read"); } } } })).length,
      (() => { class Spy extends Headers { has() { throw new Error("read"); } keys() { throw new Error("read"); } } return [...new Spy({ a: "1" })]; })(),
    ];
  };`;
  expect(await isolates.run(script)).toEqual(["ab", [97, 98], 2, 1, [["a", "1"]]]);
});
