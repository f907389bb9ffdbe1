/**
 * Scripts that change the language for the sandbox or for the next run. Each first looks for changes by an earlier run
 * (a found one counts as gained), then makes its own. A change may work within the run. A correctly reported result
 * shows that it did not affect the bridge.
 */
import { gainsNothing, type HostileScript, passes } from "./script.ts";

const RUNS = { runs: 3 };

/** Replaces a property, and checks in the next run whether the replacement is still there. */
const replacing = (owner: string, key: string, replacement: string): string => `
attempt("${owner}.${key}", () => ${owner}[${key.startsWith("Symbol") ? key : JSON.stringify(key)}]?.hostile);
try {
  const replacement = ${replacement};
  Object.defineProperty(replacement, "hostile", { value: true });
  ${owner}[${key.startsWith("Symbol") ? key : JSON.stringify(key)}] = replacement;
} catch {}
try {
  const replacement = ${replacement};
  Object.defineProperty(replacement, "hostile", { value: true });
  Object.defineProperty(${owner}, ${key.startsWith("Symbol") ? key : JSON.stringify(key)}, { value: replacement, configurable: true, writable: true });
} catch {}`;

const LIE = "() => 'a lie'";
const BOMB = "() => { throw new Error('a trap'); }";

const replacingAll = (owner: string, keys: readonly string[], replacement: string): string =>
  keys.map((key) => replacing(owner, key, replacement)).join("\n");

const ARRAY_METHODS = [
  "push",
  "pop",
  "map",
  "filter",
  "join",
  "slice",
  "splice",
  "concat",
  "flatMap",
  "entries",
  "includes",
  "at",
];
const STRING_METHODS = [
  "slice",
  "replaceAll",
  "toLowerCase",
  "startsWith",
  "indexOf",
  "split",
  "charCodeAt",
  "toString",
];

export const TAMPERING: readonly HostileScript[] = [
  gainsNothing("replaces JSON", replacingAll("JSON", ["stringify", "parse"], LIE), RUNS),
  gainsNothing("puts traps into JSON", replacingAll("JSON", ["stringify", "parse"], BOMB), RUNS),
  gainsNothing(
    "replaces the parts of promises",
    replacingAll("Promise.prototype", ["then", "catch", "finally"], LIE) +
      replacingAll("Promise", ["resolve", "reject", "withResolvers", "all"], LIE),
    RUNS,
  ),
  gainsNothing(
    "puts traps into promises",
    replacingAll("Promise.prototype", ["then", "constructor"], BOMB),
    RUNS,
  ),
  gainsNothing(
    "replaces the methods of arrays",
    replacingAll("Array.prototype", ARRAY_METHODS, LIE),
    RUNS,
  ),
  gainsNothing(
    "puts traps into the methods of arrays",
    replacingAll("Array.prototype", ARRAY_METHODS, BOMB),
    RUNS,
  ),
  gainsNothing(
    "replaces the methods of strings",
    replacingAll("String.prototype", STRING_METHODS, LIE),
    RUNS,
  ),
  gainsNothing(
    "replaces the methods of Map and Set",
    replacingAll("Map.prototype", ["get", "set", "has", "delete", "clear", "size"], LIE) +
      replacingAll("Set.prototype", ["add", "has"], LIE),
    RUNS,
  ),
  gainsNothing(
    "replaces Object's functions",
    replacingAll(
      "Object",
      [
        "entries",
        "fromEntries",
        "keys",
        "freeze",
        "create",
        "defineProperty",
        "defineProperties",
        "hasOwn",
        "isFrozen",
      ],
      LIE,
    ),
    RUNS,
  ),
  gainsNothing(
    "replaces Reflect's functions",
    replacingAll(
      "Reflect",
      ["get", "ownKeys", "defineProperty", "getOwnPropertyDescriptor", "apply"],
      LIE,
    ),
    RUNS,
  ),
  gainsNothing(
    "replaces the parts of RegExp",
    replacingAll(
      "RegExp.prototype",
      ["exec", "test", "Symbol.replace", "Symbol.match", "toString"],
      LIE,
    ),
    RUNS,
  ),
  gainsNothing(
    "replaces numbers and dates",
    replacingAll("Date", ["now"], LIE) +
      replacingAll("Number", ["isInteger", "isFinite"], LIE) +
      replacingAll("Math", ["min", "max", "round", "random"], LIE),
    RUNS,
  ),
  gainsNothing(
    "replaces call, apply and bind",
    replacingAll("Function.prototype", ["call", "apply", "bind", "toString"], LIE),
    RUNS,
  ),
  gainsNothing(
    "replaces iteration",
    replacingAll("Array.prototype", ["Symbol.iterator"], LIE) +
      replacingAll("Object.getPrototypeOf([][Symbol.iterator]())", ["next"], LIE) +
      replacingAll("Object.getPrototypeOf(new Map().entries())", ["next"], LIE),
    RUNS,
  ),
  gainsNothing(
    "replaces generators and async functions",
    replacingAll("Object.getPrototypeOf(function* () {}).prototype", ["next"], LIE) +
      replacingAll("Object.getPrototypeOf(async () => {})", ["constructor", "call"], LIE),
    RUNS,
  ),
  gainsNothing(
    "pollutes Object.prototype",
    [
      "polluted",
      "status",
      "headers",
      "body",
      "report",
      "fault",
      "kind",
      "error",
      "value",
      "isolation",
      "timeout",
      "reference",
      "copy",
      "result",
      "promise",
      "then",
      "toJSON",
    ]
      .map(
        (key) => `
attempt("left over ${key}", () => ({}).${key});
try { Object.prototype.${key} = "polluted"; } catch {}
try { Object.defineProperty(Object.prototype, ${JSON.stringify(key)}, { value: "polluted", configurable: true }); } catch {}`,
      )
      .join("\n"),
    RUNS,
  ),
  gainsNothing(
    "pollutes through __proto__ and constructor of its arguments",
    `attempt("left over", () => ({}).through);
    for (const target of [payload, log, setMessage, hmac, Object(globalThis.console)]) {
      try { target.__proto__.through = 1; } catch {}
      try { target.constructor.prototype.through = 1; } catch {}
      try { Object.getPrototypeOf(target).through = 1; } catch {}
    }`,
    RUNS,
  ),
  gainsNothing(
    "accessors on prototypes that see assignments of the bridge",
    [
      "id",
      "call",
      "operation",
      "argument",
      "report",
      "text",
      "at",
      "level",
      "message",
      "result",
      "fault",
      "0",
      "1",
      "length",
    ]
      .map(
        (key) => `
attempt("seen ${key}", () => Object.getOwnPropertyDescriptor(Object.prototype, ${JSON.stringify(key)})?.set?.seen);
try {
  const set = function (value) { set.seen = { value }; };
  set.seen = null;
  Object.defineProperty(Object.prototype, ${JSON.stringify(key)}, { get: () => undefined, set, configurable: true });
} catch {}
try { Object.defineProperty(Array.prototype, ${JSON.stringify(key)}, { get: () => undefined, set() {}, configurable: true }); } catch {}`,
      )
      .join("\n"),
    RUNS,
  ),
  gainsNothing(
    "species that hand out its own objects",
    `class Spy extends Array { static get [Symbol.species]() { return class { constructor() { return new Proxy([], {}); } }; } }
    attempt("Array's species", () => Array[Symbol.species] !== Array);
    attempt("Promise's species", () => Promise[Symbol.species] !== Promise);
    attempt("an array's constructor", () => [].constructor !== Array);
    for (const owner of [Array, Promise, RegExp, Map, Set, ArrayBuffer]) {
      try { Object.defineProperty(owner, Symbol.species, { get: () => Spy }); } catch {}
      try { Object.defineProperty(owner.prototype, "constructor", { value: Spy }); } catch {}
    }`,
    RUNS,
  ),
  gainsNothing(
    "prepareStackTrace and the limit of stacks",
    `attempt("left over prepareStackTrace", () => Error.prepareStackTrace?.hostile);
    attempt("left over stackTraceLimit", () => Error.stackTraceLimit === Infinity || Error.stackTraceLimit === 0);
    const prepare = () => { throw new Error("no stack for you"); };
    prepare.hostile = true;
    try { Error.prepareStackTrace = prepare; } catch {}
    try { Object.defineProperty(Error, "prepareStackTrace", { value: prepare }); } catch {}
    try { Error.stackTraceLimit = 0; } catch {}
    try { Error.captureStackTrace = prepare; } catch {}`,
    RUNS,
  ),
  gainsNothing(
    "redefines globals",
    [
      "JSON",
      "Promise",
      "Object",
      "Map",
      "String",
      "Error",
      "console",
      "Reflect",
      "globalThis",
      "undefined",
      "Date",
    ]
      .map(
        (name) => `
attempt("${name}", () => globalThis.${name}?.hostile);
try { globalThis.${name} = Object.assign(() => "a lie", { hostile: true }); } catch {}
try { Object.defineProperty(globalThis, "${name}", { value: Object.assign(() => "a lie", { hostile: true }) }); } catch {}
try { delete globalThis.${name}; } catch {}`,
      )
      .join("\n"),
    RUNS,
  ),
  gainsNothing(
    "leaves globals for the next run",
    `attempt("a global", () => globalThis.leftOver);
    attempt("a global by eval", () => (0, eval)("typeof leftByEval !== 'undefined'"));
    attempt("a symbol of the global object", () => globalThis[Symbol.for("left")]);
    try { globalThis.leftOver = payload; } catch {}
    try { (0, eval)("var leftByEval = 1; function leftFunction() {}"); } catch {}
    try { Function("leftByFunction = 1")(); } catch {}
    try { globalThis[Symbol.for("left")] = 1; } catch {}
    try { Object.setPrototypeOf(globalThis, { leftOver: 1 }); } catch {}`,
    RUNS,
  ),
  gainsNothing(
    "leaves text in RegExp's own memory",
    // A new context has empty strings there.
    `attempt("$1", () => RegExp.$1 === "se");
    attempt("input", () => RegExp.input === "a secret of this run");
    attempt("lastMatch", () => RegExp["$&"] === "secret");
    attempt("rightContext", () => RegExp["$'"] === " of this run");
    /(se)(cret)/.exec("a secret of this run");`,
    RUNS,
  ),
  gainsNothing(
    "marks every object it is given",
    `const given = [log, setMessage, hmac, console, console.log, Object.getPrototypeOf(payload ?? {}), Intl, Math, Function.prototype, Symbol.prototype, BigInt.prototype];
    for (const [index, target] of given.entries()) {
      attempt("marked " + index, () => target.hostileMark);
      if (index < 3) continue;
      try { target.hostileMark = 1; } catch {}
      try { Object.setPrototypeOf(target, { hostileMark: 1 }); } catch {}
    }`,
    RUNS,
  ),
  gainsNothing(
    "locks the language so that the next run fails",
    `attempt("locked", () => Object.isFrozen(Object.assign({}, { a: 1 })));
    for (const target of [Object.prototype, Array.prototype, Promise.prototype, globalThis, RegExp.prototype, payload]) {
      try { Object.preventExtensions(target); } catch {}
      try { Object.freeze(target); } catch {}
      try { for (const key of Reflect.ownKeys(target)) delete target[key]; } catch {}
    }`,
    RUNS,
  ),
  passes(
    "changes its arguments, which the next run gets unchanged",
    `const before = JSON.stringify(payload);
    try { payload.list.length = 0; payload.changed = true; delete payload.text; } catch {}
    return before;`,
    { runs: 3, result: '{"text":"hello","list":[1,2,3],"nested":{"value":true}}' },
  ),
];
