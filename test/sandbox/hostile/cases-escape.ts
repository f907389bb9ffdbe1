/**
 * Scripts that try to escape: to the process, to the library that isolates them, or to features removed from the
 * language. Each value from outside that they find counts as gained.
 */
import { gainsNothing, type HostileScript, NO_TOP } from "./script.ts";

/**
 * Code of the script that returns whether a value belongs to the outside, by features that only outside values have.
 */
const IS_OUTSIDE = `const isOutside = (value) => {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  for (const key of ["mainModule", "binding", "dlopen", "kill", "applySync", "applyIgnored", "copySync", "derefInto", "getSync", "compileScriptSync", "createContextSync", "instantiateSync", "NativeModule", "createRequire"]) {
    try { if (key in value) return true; } catch {}
  }
  return false;
};`;

/** Names of the outside, looked up in several scopes. */
const PROBES =
  "[typeof process, typeof require, typeof module, typeof Buffer, typeof ivm, typeof global, typeof __dirname, typeof fetch, typeof setTimeout, typeof setInterval, typeof setImmediate].some((type) => type !== 'undefined')";

const constructors = [
  "payload",
  "log",
  "setMessage",
  "hmac",
  "[]",
  "''",
  "0",
  "true",
  "10n",
  "Symbol()",
  "/x/",
  "(async () => {})",
  "(function* () {})",
  "(async function* () {})",
  "new Error('x')",
  "Promise.resolve()",
  "console",
  "console.log",
  "JSON.parse",
  "globalThis",
];

export const ESCAPE: readonly HostileScript[] = [
  gainsNothing(
    "climbs chains of constructors",
    `${constructors
      .map(
        (from, index) => `
attempt("from ${index}", () => Object(${from}).constructor.constructor("return ${PROBES}")());
attempt("from the prototype of ${index}", () => Object.getPrototypeOf(Object(${from})).constructor.constructor("return this.process ?? this.require ?? false")());`,
      )
      .join("\n")}`,
  ),
  gainsNothing(
    "looks in each kind of scope",
    `
attempt("here", () => ${PROBES});
attempt("eval", () => eval(${JSON.stringify(PROBES)}));
attempt("indirect eval", () => (0, eval)(${JSON.stringify(PROBES)}));
attempt("Function", () => Function("return " + ${JSON.stringify(PROBES)})());
attempt("sloppy this", () => Function("return this.process ?? this.require ?? this.Buffer")());
for (const kind of [async () => {}, function* () {}, async function* () {}]) {
  attempt("made by " + kind, () => { Object.getPrototypeOf(kind).constructor("throw ${PROBES}"); });
}`,
  ),
  gainsNothing(
    "climbs out of errors of the sandbox's own functions",
    `const thrown = [];
    for (const provoke of [() => hmac(1n, 1), () => hmac("k", Symbol("x")), () => hmac(), () => ctx.crypto.hash("nope", "x"), () => ctx.sleep(-1), () => ctx.respond({ status: 1 }), () => ctx.verify.jwt({ secret: 1 })]) {
      try { provoke(); } catch (error) { thrown.push(error); }
    }
    attempt("no error at all", () => thrown.length < 3);
    for (const [index, error] of thrown.entries()) {
      attempt("a foreign error " + index, () => !(error instanceof Error) || error.constructor.constructor !== Function);
      attempt("a process " + index, () => error.constructor.constructor("return ${PROBES}")());
      attempt("frames of the host " + index, () => /node:|node_modules|file:\\/\\/|\\/child\\/|isolated-vm/.test(error.stack));
    }`,
  ),
  gainsNothing(
    "climbs out of errors of HMAC",
    `const thrown = [];
    for (const provoke of [() => hmac(1n, 1), () => hmac("k", Symbol("x")), () => hmac({ toString: 1 }, "x")]) {
      try { provoke(); } catch (error) { thrown.push(error); }
    }
    attempt("no error at all", () => thrown.length < 3);
    for (const [index, error] of thrown.entries()) {
      attempt("a foreign error " + index, () => !(error instanceof Error) || error.constructor.constructor !== Function);
      attempt("frames of the host " + index, () => /node:|node_modules|file:\\/\\/|\\/child\\/|isolated-vm/.test(error.stack));
    }`,
  ),
  gainsNothing(
    "climbs out of stack overflows in the sandbox's own functions",
    `const thrown = [];
    const dive = () => { try { hmac("k", "x"); log("deep"); dive(); } catch (error) { thrown.push(error); throw error; } };
    try { dive(); } catch {}
    attempt("no error at all", () => thrown.length === 0);
    for (const error of thrown.slice(0, 50)) {
      attempt("a foreign error", () => !(error instanceof Error) || error.constructor.constructor !== Function);
      attempt("frames of the host", () => /node:|node_modules|file:\\/\\/|\\/child\\/|isolated-vm/.test(error.stack));
    }`,
    {
      ends: ["SUCCESS", "SCRIPT_ERROR", "OUTPUT_LIMIT"],
      limits: { timeoutMs: 3000, cpuMs: 2000, memoryMb: 64 },
      why: "the stack may overflow in the sandbox's own code, which ends the run as the script's error",
    },
  ),
  gainsNothing(
    "reads call sites",
    `${IS_OUTSIDE}
    let sites = [];
    const collect = (error, all) => { sites = all; return ""; };
    try { Error.prepareStackTrace = collect; } catch {}
    try { Object.defineProperty(Error, "prepareStackTrace", { value: collect }); } catch {}
    try { String(new Error("x").stack); } catch {}
    try { hmac(1n, 1); } catch (error) { String(error.stack); }
    const captured = {};
    try { Error.captureStackTrace(captured); String(captured.stack); } catch {}
    attempt("frames of the host", () => /node:|node_modules|file:\\/\\/|\\/child\\/|isolated-vm/.test(captured.stack));
    for (const [index, site] of sites.entries()) {
      attempt("this of " + index, () => isOutside(site.getThis()));
      attempt("function of " + index, () => typeof site.getFunction() === "function" && isOutside(site.getFunction()));
    }`,
  ),
  gainsNothing(
    "reads its callers",
    `attempt("callee", () => Function("return arguments.callee.caller")());
    attempt("caller", () => { const sloppy = Function("return arguments.callee.caller && arguments.callee.caller.caller"); return sloppy(); });
    attempt("through a callback", () => { let found; const spy = Function("return arguments.callee.caller"); [1].map(() => { found = spy(); }); return found; });
    let seen;
    const spy = function () { try { seen = arguments.callee.caller; } catch {} return "x"; };
    try { log({ toJSON: spy }); } catch {}
    try { setMessage({ toString: spy, toJSON: spy }); } catch {}
    try { hmac({ toJSON: spy }, "x"); } catch {}
    attempt("from the sandbox's own functions", () => seen);`,
  ),
  gainsNothing(
    "hands callbacks and thenables out",
    `${IS_OUTSIDE}
    let given = [];
    const spy = function (...values) { given.push(this, ...values); return "x"; };
    for (const hand of [() => log({ toJSON: spy }), () => setMessage({ toJSON: spy, toString: spy }), () => hmac({ toJSON: spy, toString: spy }, "x"), () => log(new Proxy({}, { get: (...values) => spy(...values), ownKeys: (...values) => { spy(...values); return []; } }))]) {
      try { hand(); } catch {}
    }
    await { then(resolve, reject) { given.push(this, resolve, reject); resolve(1); } };
    for (const [index, value] of given.entries()) {
      attempt("outside " + index, () => isOutside(value));
      attempt("a foreign function " + index, () => typeof value === "function" && !(value instanceof Function));
    }`,
  ),
  gainsNothing(
    "looks at everything it can reach",
    `${IS_OUTSIDE}
    const seen = new Set();
    const queue = [globalThis, payload, log, setMessage, hmac, console, new Error("x"), Promise.resolve(), Intl];
    try { queue.push(ctx, event); } catch {}
    try { queue.push(LOG, HMAC, HTTP_HEADERS, QUERY_PARAMS); } catch {}
    try { queue.push(...(function () { return [this]; }).call(undefined)); } catch {}
    while (queue.length > 0 && seen.size < 20_000) {
      const value = queue.pop();
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
      seen.add(value);
      attempt("outside", () => isOutside(value));
      attempt("a foreign function", () => typeof value === "function" && !(value instanceof Function) && value !== Function.prototype);
      attempt("a foreign object", () => { let top = value; for (let up = Object.getPrototypeOf(top); up !== null; up = Object.getPrototypeOf(top)) top = up; return top !== Object.prototype && top !== value; });
      queue.push(Object.getPrototypeOf(value));
      for (const key of Reflect.ownKeys(value)) {
        attempt("a name of the bridge: " + String(key), () => /hookyard|isolate|ivm|^(?:process|require|primordials|internalBinding)$/i.test(String(key)) || undefined);
        const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
        queue.push(descriptor?.value, descriptor?.get, descriptor?.set);
        try { if (descriptor?.get) queue.push(value[key]); } catch {}
      }
    }
    attempt("nothing seen", () => seen.size < 300);`,
    { limits: { timeoutMs: 3000, cpuMs: 2500, memoryMb: 64 } },
  ),
  gainsNothing(
    "recovers removed globals",
    [
      "WebAssembly",
      "SharedArrayBuffer",
      "Atomics",
      "WeakRef",
      "FinalizationRegistry",
      "setTimeout",
      "setInterval",
      "setImmediate",
    ]
      .map(
        (name) => `
attempt("${name}", () => globalThis.${name});
attempt("${name} by eval", () => (0, eval)("${name}"));
attempt("${name} by Function", () => Function("return ${name}")());
attempt("${name} by an async function", () => Object.getOwnPropertyNames(Function("return this")()).includes("${name}"));`,
      )
      .join("\n"),
  ),
  gainsNothing(
    "makes shared memory by other means",
    `attempt("the buffer of a structured value", () => Object.getOwnPropertyNames(new ArrayBuffer(8).constructor.prototype).includes("growable"));
    attempt("a constructor of typed arrays", () => Object.getPrototypeOf(Uint8Array).prototype.buffer);
    attempt("a realm", () => new (Object.getPrototypeOf(class {}).constructor)("return typeof ShadowRealm !== 'undefined' && new ShadowRealm()")());
    attempt("natives", () => Function("return %DebugPrint(1)")());
    attempt("natives by eval", () => eval("%HeapObjectVerify({})"));
    attempt("gc", () => globalThis.gc);
    attempt("a debugger of V8", () => globalThis.d8 ?? globalThis.performance?.nodeTiming);`,
  ),
  gainsNothing(
    "runs WebAssembly by other means",
    `const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    attempt("a module", () => new globalThis.WebAssembly.Module(bytes));
    attempt("by Function", () => Function("bytes", "return new WebAssembly.Module(bytes)")(bytes));
    attempt("by its prototype", () => Object.getPrototypeOf(async () => {}).constructor("return WebAssembly")().catch(() => {}) && false);
`,
  ),
  gainsNothing(
    "forges answers of host calls",
    `for (const name of ["hookyardPost", "hookyardSync", "hookyardBody", "hookyardMark", "deliver", "invoke", "install", "hostPost", "callHost", "post", "pending", "waiting"]) {
      attempt(name, () => globalThis[name]);
      attempt(name + " by eval", () => (0, eval)("typeof " + name) !== "undefined");
      attempt(name + " in this scope", () => eval("typeof " + name) !== "undefined" && name !== "waiting");
    }
    attempt("calls", () => globalThis.deliver(1, "{}"));
    attempt("an operation of the prototype", () => ctx.verify.constructor.constructor("return hookyardSync('constructor', '{}')")());`,
  ),
  gainsNothing(
    "settles host calls of other runs",
    `let resolved = false;
    const sleeping = ctx.sleep(150).then(() => { resolved = true; });
    for (const key of Reflect.ownKeys(ctx.sleep)) attempt("a part of sleep", () => typeof ctx.sleep[key] === "function");
    try { sleeping.resolve?.(); } catch {}
    try { Promise.prototype.then.call(sleeping, () => {}); } catch {}
    for (let n = 0; n < 1000; n++) await null;
    attempt("woke early", () => resolved);`,
  ),
  gainsNothing(
    "uses the ctx of an earlier run",
    `if (old.length > 0) {
      const [before] = old;
      try { before.setMessage("from the past"); } catch {}
      try { before.respond({ status: 299, body: "from the past" }); } catch {}
      try { before.skip("from the past"); } catch {}
      try { before.retryAfter(1); } catch {}
    }
    attempt("the earlier run's ctx", () => old[0] === ctx);
    old.push(ctx);`,
    { top: "const old = [];", runs: 3, moduleOnly: NO_TOP },
  ),
  gainsNothing(
    "reads files and the environment in odd ways",
    `attempt("a source map", () => { (0, eval)("throw new Error('x')\\n//# sourceMappingURL=file:///etc/passwd"); });
    attempt("the locale of the process", () => /passwd|root:/.test(new Intl.DateTimeFormat("en", { timeZone: "UTC" }).format()));
    attempt("a time zone by path", () => new Intl.DateTimeFormat("en", { timeZone: "../../etc/passwd" }));
    attempt("a locale by path", () => new Intl.Collator("../../etc/passwd"));
    attempt("a host import by Function", () => Function("return import('fs')")().then(() => { gained += "late "; }, () => {}) && false);
    await null; await null;`,
  ),
];
