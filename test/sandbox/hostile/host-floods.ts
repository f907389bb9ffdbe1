/** Host functions that are called too often, with too much data, with wrong types, or too late. */
import {
  bloats,
  burns,
  fails,
  gainsNothing,
  type HostileScript,
  type Limits,
  passes,
} from "./script.ts";

const ROOMY: Limits = { timeoutMs: 3000, cpuMs: 2000, memoryMb: 256 };
const refused = (name: string, body: string): HostileScript => ({
  name,
  body,
  ends: ["HOST_LIMIT"],
});

/** Each call must be refused with an error of the script's own realm. A call that succeeds counts as gained. */
const wrong = (name: string, calls: readonly string[]): HostileScript =>
  gainsNothing(
    name,
    calls
      .map(
        (call, index) => `
tried += 1;
try { await ${call}; gained += "call ${index} "; } catch (error) { if (!(error instanceof Error)) gained += "no error ${index} "; }`,
      )
      .join(""),
  );

export const HOST_FLOODS: readonly HostileScript[] = [
  refused(
    "sleeps a thousand times at once",
    "await Promise.all(Array.from({ length: 1000 }, () => ctx.sleep(10)));",
  ),
  refused(
    "sleeps a thousand times at once and waits for none",
    "for (let n = 0; n < 1000; n++) void ctx.sleep(10); return 1;",
  ),
  refused("sleeps without end at once", "for (;;) void ctx.sleep(1);"),
  {
    name: "sleeps one after the other without end",
    body: "for (;;) await ctx.sleep(0);",
    ends: ["HOST_LIMIT", "TIMEOUT", "CPU_LIMIT"],
    why: "any limit will do: of calls, of CPU time spent on making them, or of time",
  },
  refused(
    "sleeps twice as often with every answer",
    "const grow = () => { ctx.sleep(1).then(grow); ctx.sleep(1).then(grow); }; grow(); await new Promise(() => {});",
  ),
  {
    name: "sleeps until long after the end",
    body: "await ctx.sleep(300_000); return 1;",
    ends: ["TIMEOUT"],
  },
  wrong("sleeps for an invalid time", [
    "ctx.sleep(-1)",
    "ctx.sleep(NaN)",
    "ctx.sleep(Infinity)",
    "ctx.sleep('5')",
    "ctx.sleep(5n)",
    "ctx.sleep({ valueOf: () => 5 })",
    "ctx.sleep(Symbol('5'))",
    "ctx.sleep(null)",
    "ctx.sleep()",
    "ctx.sleep(1e9)",
    "ctx.sleep([5])",
  ]),
  wrong("signs values that are no text", [
    "ctx.crypto.hmac('sha256', 'k', null)",
    "ctx.crypto.hmac('sha256', 'k', {})",
    "ctx.crypto.hmac('sha256', 'k', 1n)",
    "ctx.crypto.hmac('sha256', 'k', Symbol('x'))",
    "ctx.crypto.hmac('sha256', 1, 'x')",
    "ctx.crypto.hmac('sha256', null, 'x')",
    "ctx.crypto.hmac('sha256', {}, 'x')",
    "ctx.crypto.hmac('__proto__', 'k', 'x')",
    "ctx.crypto.hmac('', 'k', 'x')",
    "ctx.crypto.hmac(['sha256'], 'k', 'x')",
    "ctx.crypto.hmac('sha256', 'k', 'x', 'latin1')",
    "ctx.crypto.hmac('sha256', 'k', 'x', '__proto__')",
    "ctx.crypto.hmac('sha256', 'k', new Proxy({}, { get() { throw new Error('trap'); } }))",
    "ctx.crypto.hmac({ toJSON: () => { throw new TypeError('no'); } }, 'k', 'x')",
    "ctx.crypto.hash('constructor', 'x')",
    "ctx.crypto.hash('sha256')",
    "ctx.crypto.hash()",
    "ctx.crypto.hash('sha256', new Uint8Array(4))",
    "ctx.crypto.timingSafeEqual('a')",
    "ctx.crypto.timingSafeEqual(1, 1)",
    "ctx.crypto.timingSafeEqual({}, {})",
  ]),
  wrong("answers with an invalid answer", [
    "ctx.respond({ status: 99 })",
    "ctx.respond({ status: 600 })",
    "ctx.respond({ status: '200' })",
    "ctx.respond({ status: NaN })",
    "ctx.respond({ status: 200.5 })",
    "ctx.respond({ status: 1n })",
    "ctx.respond({ status: null })",
    "ctx.respond({ body: 1n })",
    "ctx.respond({ body: (() => { const self = {}; self.self = self; return self; })() })",
    "ctx.respond({ headers: { a: { toString() { throw new Error('no'); } } } })",
    "ctx.respond({ get status() { throw new Error('no'); } })",
    "ctx.respond(new Proxy({}, { get() { throw new Error('no'); } }))",
  ]),
  wrong("retries at an invalid time", [
    "ctx.retryAfter(-1)",
    "ctx.retryAfter(NaN)",
    "ctx.retryAfter(Infinity)",
    "ctx.retryAfter('1')",
    "ctx.retryAfter({})",
    "ctx.retryAfter()",
    "ctx.retryAfter(1n)",
  ]),
  gainsNothing(
    "verifies with options of the wrong kind",
    `const verdict = (name, options) => attempt(name, () => ctx.verify[name](options).ok);
    for (const name of ["hmac", "standardWebhooks", "ed25519", "ecdsa", "jwt", "basic", "token"]) {
      for (const options of [undefined, null, 1, "x", [], {}, { secret: null }, { secret: {} }, { secret: [[]] }, { secret: "", header: "x-sig" }, { secret: [], header: "x-sig" },
        { secret: "x", header: "__proto__" }, { secret: "x", header: "x-sig", algorithm: "none" }, { secret: "x", header: 1 }, { publicKey: "-----BEGIN", signatureHeader: "x-sig" },
        { publicKey: {}, signatureHeader: "x-sig" }, { username: undefined, password: undefined }, { username: "", password: "" }, { secret: "x", algorithms: ["none"] },
        { secret: "x", header: "x-sig", encoding: "utf8" }, { secret: "x", header: "x-sig", content: "\${body}{body}{body}" }, { secret: "x", toleranceSeconds: -1 },
        { secret: "x", toleranceSeconds: Infinity }, new Proxy({}, { get: () => "x", ownKeys: () => { throw new Error("no"); } })]) verdict(name, options);
    }`,
  ),
  burns("signs without end", "for (;;) hmac('key', 'x'.repeat(100_000));"),
  burns("makes random ids without end", "for (;;) ctx.crypto.randomUUID();"),
  burns(
    "compares giant texts without end",
    "const text = 'x'.repeat(1_000_000); for (;;) ctx.crypto.timingSafeEqual(text, text);",
    {
      limits: { timeoutMs: 1000, cpuMs: 300, memoryMb: 64 },
    },
  ),
  burns(
    "verifies with a hundred thousand secrets",
    "const secret = Array.from({ length: 100_000 }, (_, n) => 'secret ' + n); for (;;) ctx.verify.hmac({ secret, header: 'x-signature' });",
    {
      limits: { timeoutMs: 1000, cpuMs: 300, memoryMb: 64 },
      ends: ["CPU_LIMIT", "SCRIPT_ERROR"],
      why: "so many secrets may also be refused",
    },
  ),
  burns(
    "verifies with a pattern that could be slow",
    "for (;;) ctx.verify.hmac({ secret: 's', header: 'x-signature', prefix: 'a'.repeat(100_000), content: '{body}'.repeat(10_000) });",
    {
      ends: ["CPU_LIMIT", "SCRIPT_ERROR"],
      why: "such options may also be refused",
    },
  ),
  bloats(
    "hashes a text of a quarter gigabyte",
    "return hmac('key', 'x'.repeat(250_000_000)).length;",
    {
      ends: ["MEMORY_LIMIT", "SUCCESS", "SCRIPT_ERROR"],
      why: "the text may be refused, fill the memory, or stream through; other functions must not be affected",
    },
  ),
  bloats(
    "a key of a hundred megabytes, again and again",
    "const key = 'x'.repeat(100_000_000); for (let n = 0; n < 50; n++) hmac(key + n, 'x'); return 1;",
    {
      ends: ["MEMORY_LIMIT", "CPU_LIMIT", "SCRIPT_ERROR", "SUCCESS"],
      why: "the key may be refused, fill the memory, or take its time; other functions must not be affected",
    },
  ),
  fails(
    "half a surrogate and NUL to be signed",
    "const text = hmac('\\ud800\\u0000', '\\udfff\\u0000'); if (!/^[0-9a-f]{64}$/.test(text)) return text; throw new Error('signed');",
  ),
  burns(
    "a getter of options to verify",
    "ctx.verify.hmac({ get secret() { for (;;); }, header: 'x' });",
  ),
  burns("toJSON of an argument", "hmac({ toJSON() { for (;;); } }, 'x');"),
  burns("toJSON of the body of an answer", "ctx.respond({ body: { toJSON() { for (;;); } } });"),
  passes(
    "skips, answers and sets its message a thousand times, of which the last counts",
    `
for (let n = 0; n < 1000; n++) { ctx.skip("reason " + n); ctx.respond({ status: 200, body: "answer " + n }); }
return 1;`,
    { ends: ["FILTERED"], limits: ROOMY },
  ),
  passes(
    "speaks after its result",
    `const late = Promise.resolve().then(() => Promise.resolve()).then(() => Promise.resolve());
    late.then(() => { setMessage("late"); log("late"); ctx.respond({ status: 299, body: "late" }); ctx.skip("late"); });
    return 1;`,
    { result: 1, runs: 2 },
  ),
];
