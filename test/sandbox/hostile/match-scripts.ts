/** Match scripts that fail in every way. Each runs first, and must only fail to match, with the reason in the trace. */
import type { FailureKind } from "../../../src/model/failure-kind.ts";
import type { Style } from "./script.ts";

export interface HostileMatchScript {
  readonly name: string;
  /** Statements of an async function; `payload`, `log` and `hmac` mean the same in both styles. */
  readonly body: string;
  /** Its entry in the trace: an error of one of these kinds, a warning, or only the result. */
  readonly shows: readonly (FailureKind | "warning" | "no")[];
  readonly why?: string;
  readonly moduleOnly?: string;
}

const STOPPED = {
  shows: ["CPU_LIMIT"],
} as const;

const FLOATED = {
  shows: ["CPU_LIMIT", "warning"],
  why: "it may return no before it is stopped: in both cases its own entry must show that it was stopped",
} as const;

const FULL = {
  shows: ["MEMORY_LIMIT", "CPU_LIMIT"],
  why: "a match script has a tenth of a second, which may be over before its memory is full",
} as const;

const THROWS = { shows: ["SCRIPT_ERROR"] } as const;

export const MATCH_SCRIPTS: readonly HostileMatchScript[] = [
  { name: "throws", body: "throw new Error('no');", ...THROWS },
  { name: "throws null", body: "throw null;", ...THROWS },
  {
    name: "throws a Proxy whose every trap throws",
    body: "throw new Proxy({}, new Proxy({}, { get: () => () => { throw new Error('trap'); } }));",
    ...THROWS,
  },
  { name: "throws after an await", body: "await null; payload.no.such.thing;", ...THROWS },
  { name: "dives without end", body: "const dive = () => dive() + 1; return dive();", ...THROWS },
  { name: "throws a giant message", body: "throw new Error('x'.repeat(1_000_000));", ...THROWS },
  {
    name: "returns a thenable that throws",
    body: "return { get then() { throw new Error('no then'); } };",
    ...THROWS,
  },
  { name: "loops", body: "for (;;);", ...STOPPED },
  { name: "loops after an await", body: "await null; for (;;);", ...STOPPED },
  { name: "loops in a thrown value", body: "throw { get message() { for (;;); } };", ...STOPPED },
  { name: "loops in a returned value", body: "return { then() { for (;;); } };", ...STOPPED },
  {
    name: "returns an object with a loop in toJSON, which the warning does not call",
    body: "return { toJSON() { for (;;); } };",
    shows: ["warning"],
  },
  {
    name: "loops in a logged value",
    body: "log({ toJSON() { for (;;); } }); return true;",
    ...STOPPED,
  },
  {
    name: "leaves a loop of microtasks behind and says no",
    body: "const again = () => { Promise.resolve().then(again); }; again(); return false;",
    ...FLOATED,
  },
  {
    name: "leaves a loop behind and says no",
    body: "Promise.resolve().then(() => Promise.resolve()).then(() => { for (;;); }); return false;",
    ...FLOATED,
  },
  { name: "awaits without end", body: "for (;;) await null;", ...STOPPED },
  {
    name: "backtracks in a regular expression",
    body: "return /^(a+)+$/.test('a'.repeat(40) + 'b');",
    ...STOPPED,
  },
  {
    name: "powers of a BigInt",
    body: "let n = 3n; for (;;) n = (n ** 5n) % (1n << 3_000_000n) + 3n;",
    ...FULL,
  },
  { name: "signs without end", body: "for (;;) hmac('key', 'x'.repeat(100_000));", ...STOPPED },
  { name: "never settles", body: "await new Promise(() => {}); return true;", shows: ["TIMEOUT"] },
  {
    name: "returns a thenable that never calls back",
    body: "return { then() {} };",
    shows: ["TIMEOUT"],
  },
  {
    name: "bloats arrays in an array",
    body: "const all = []; for (;;) all.push(new Array(1000).fill([]));",
    ...FULL,
  },
  {
    name: "bloats a Map",
    body: "const map = new Map(); for (let n = 0; ; n++) map.set(n, n);",
    ...FULL,
  },
  {
    name: "bloats a string",
    body: "let text = 'xy'; for (;;) { text += text; text.indexOf('z'); }",
    shows: ["MEMORY_LIMIT", "CPU_LIMIT", "SCRIPT_ERROR"],
    why: "V8 refuses a string that is too long with an ordinary error",
  },
  {
    name: "bloats one array",
    body: "return new Array(60_000_000).fill(0).length;",
    shows: ["MEMORY_LIMIT", "CPU_LIMIT", "SCRIPT_ERROR"],
    why: "V8 may refuse the allocation with an ordinary error",
  },
  { name: "returns 1", body: "return 1;", shows: ["warning"] },
  {
    name: "returns a promise of the text true",
    body: "return Promise.resolve('true');",
    shows: ["warning"],
  },
  {
    name: "returns an object",
    body: "return { valueOf: () => true, toString: () => 'true' };",
    shows: ["warning"],
  },
  { name: "returns a Boolean object", body: "return new Boolean(true);", shows: ["warning"] },
  { name: "returns a giant string", body: "return 'x'.repeat(1_000_000);", shows: ["warning"] },
  { name: "returns a symbol", body: "return Symbol('true');", shows: ["warning"] },
  { name: "returns a BigInt", body: "return 1n;", shows: ["warning"] },
  { name: "returns a function", body: "return () => true;", shows: ["warning"] },
  { name: "returns nothing", body: "", shows: ["no"] },
  { name: "returns null", body: "return null;", shows: ["no"] },
  {
    name: "floods the log and says no",
    body: "for (let n = 0; n < 2000; n++) log('line', n); return false;",
    shows: ["no"],
  },
  {
    name: "floods the log with giant lines and says no",
    body: "for (let n = 0; n < 100; n++) log('x'.repeat(8000)); return false;",
    shows: ["no"],
  },
  {
    name: "floods the log without end",
    body: "for (let n = 0; ; n++) log('line', n);",
    ...STOPPED,
  },
  {
    name: "leaves a rejection behind and says no",
    // The script keeps the promise, because V8 reports no rejection of a promise that it has collected.
    body: "payload.kept = Promise.reject(new Error('floating')); return false;",
    shows: ["warning"],
  },
  {
    name: "changes the event of the next provider",
    body: `for (const change of [() => { payload.text = "changed"; }, () => { payload.list.length = 0; }, () => { delete payload.nested; }, () => { payload.__proto__.changed = 1; },
      () => { event.headers["x-honest"] = "changed"; }, () => { event.uri = "changed"; }, () => { HTTP_HEADERS["x-honest"] = "changed"; },
      () => { ctx.crypto.hmac = () => "changed"; }, () => { ctx.crypto = {}; }, () => { HMAC.generateHmacSHA256 = () => "changed"; }, () => { ctx.log.info = () => {}; }]) {
      try { change(); } catch {}
    }
    return false;`,
    shows: ["no"],
  },
  {
    name: "changes the language for the next provider",
    body: `for (const change of [() => { JSON.parse = () => "changed"; }, () => { JSON.stringify = () => "changed"; }, () => { Array.prototype.map = () => "changed"; },
      () => { String.prototype.toUpperCase = () => "changed"; }, () => { RegExp.prototype.test = () => false; }, () => { RegExp.prototype.exec = () => null; }, () => { Promise.prototype.then = () => "changed"; },
      () => { Object.prototype.changed = true; }, () => { Object.defineProperty(Object.prototype, "matched", { get: () => true, set() {} }); }, () => { globalThis.changed = true; },
      () => { Object.keys = () => []; }, () => { Math.max = () => 0; }, () => { Object.freeze(payload); }, () => { console.log = () => {}; }, () => { delete globalThis.JSON; }]) {
      try { change(); } catch {}
    }
    return false;`,
    shows: ["no"],
  },
];

export const matchStylesOf = (script: HostileMatchScript): readonly Style[] =>
  script.moduleOnly === undefined ? ["module", "flexdeploy"] : ["module"];

/** The match script as its author would save it. It does not match messages of the tests. */
export function matchSourceOf({ body }: HostileMatchScript, style: Style): string {
  if (style === "flexdeploy") {
    return `if (HTTP_HEADERS["x-honest"] === undefined) return false;
const payload = PAYLOAD, log = (...values) => LOG.info(...values);
const hmac = (key, text) => HMAC.generateHmacSHA256(text, key);
${body}\n`;
  }
  return `export default async (event, ctx) => {
if (event.headers["x-honest"] === undefined) return false;
const payload = event.payload, log = (...values) => ctx.log.info(...values);
const hmac = (key, text) => ctx.crypto.hmac("sha256", key, text);
${body}
};\n`;
}
