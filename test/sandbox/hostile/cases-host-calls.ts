/** Floods and misuse of `ctx.http.fetch` and `ctx.kv`. The host names do not exist. */
import { fails, gainsNothing, type HostileScript, passes } from "./script.ts";

/** Tries calls that must be refused. A missing function must not count as a refusal. */
const useless = (name: string, body: string): HostileScript =>
  gainsNothing(
    name,
    `if (typeof ctx.http?.fetch !== "function" || typeof ctx.kv?.get !== "function") gained += "nothing to call ";\n${body}`,
  );

const denied = (name: string, body: string): HostileScript => ({
  name,
  body,
  ends: ["EGRESS_DENIED"],
});

const tooMany = (name: string, body: string): HostileScript => ({
  name,
  body,
  ends: ["HOST_LIMIT"],
});

/** No function of this corpus has a grant for any address. */
const DENIED_ADDRESSES = [
  "https://example.invalid/",
  "http://127.0.0.1/",
  "https://[::1]/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://127.1/",
  "https://[::ffff:127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://169.254.169.254/latest/meta-data/",
  "https://localhost/",
  "https://user:word@example.invalid/",
  "https://example.invalid:22/",
  "file:///etc/passwd",
  "data:text/plain,x",
  "ftp://example.invalid/",
  "//example.invalid/",
  "https://example.invalid\\\\@127.0.0.1/",
  "https://example.invalid#@127.0.0.1/",
  "https://①②⑦.0.0.1/",
  "",
  " ",
];

export const HTTP_AND_KV: readonly HostileScript[] = [
  denied(
    "asks for an address it was not granted",
    "await ctx.http.fetch('https://example.invalid/'); return 1;",
  ),
  denied(
    "asks for the metadata of the machine",
    "await ctx.http.fetch('http://169.254.169.254/latest/meta-data/');",
  ),
  denied(
    "asks its own server",
    "await ctx.http.fetch('http://127.0.0.1:' + 8080 + '/api/v1/messages');",
  ),
  useless(
    "asks for addresses in every spelling and catches the refusal",
    `for (const address of ${JSON.stringify(DENIED_ADDRESSES)}) {
      tried += 1;
      try { await ctx.http.fetch(address); gained += address + " "; } catch (error) { if (!(error instanceof Error)) gained += "no error "; }
    }`,
  ),
  useless(
    "fetches with arguments of the wrong kind",
    `for (const values of [[], [null], [1n], [Symbol("x")], [{}], [["https://example.invalid/"]], ["https://example.invalid/", null], ["https://example.invalid/", 1],
      ["https://example.invalid/", { method: 1 }], ["https://example.invalid/", { method: "CONNECT" }], ["https://example.invalid/", { headers: { host: "127.0.0.1" } }],
      ["https://example.invalid/", { headers: { "a\\r\\nb": "c" } }], ["https://example.invalid/", { body: 1n }], ["https://example.invalid/", new Proxy({}, { get() { throw new Error("no"); } })]]) {
      tried += 1;
      try { await ctx.http.fetch(...values); gained += tried + " "; } catch (error) { if (!(error instanceof Error)) gained += "no error "; }
    }`,
  ),
  {
    name: "lets a refusal float",
    body: "void ctx.http.fetch('https://example.invalid/'); await ctx.sleep(100); return 1;",
    ends: ["EGRESS_DENIED", "SCRIPT_ERROR"],
    why: "a refused address is an unhandled rejection too",
  },
  tooMany(
    "fetches a thousand times at once",
    "await Promise.allSettled(Array.from({ length: 1000 }, () => ctx.http.fetch('https://example.invalid/'))); return 1;",
  ),
  tooMany(
    "fetches one after the other without end",
    "for (;;) { try { await ctx.http.fetch('https://example.invalid/'); } catch {} }",
  ),
  tooMany(
    "reads a thousand keys at once",
    "await Promise.all(Array.from({ length: 1000 }, (_, n) => ctx.kv.get('key ' + n)));",
  ),
  tooMany("writes without end", "for (let n = 0; ; n++) await ctx.kv.set('key ' + n, 'x');"),
  tooMany(
    "counts without end and waits for nothing",
    "for (;;) void ctx.kv.increment('count', 1);",
  ),
  tooMany(
    "mixes its calls to hide their number",
    "for (;;) { await ctx.sleep(0); await ctx.kv.get('a'); try { await ctx.http.fetch('https://example.invalid/'); } catch {} }",
  ),
  fails(
    "sends a giant body",
    "await ctx.http.fetch('https://example.invalid/', { method: 'POST', body: 'x'.repeat(5_000_000) });",
    {
      ends: ["EGRESS_DENIED", "SCRIPT_ERROR", "HOST_LIMIT", "OUTPUT_LIMIT"],
      why: "the address or the size may be looked at first",
    },
  ),
  fails("keeps a giant value", "await ctx.kv.set('giant', 'x'.repeat(5_000_000));", {
    ends: ["SCRIPT_ERROR", "HOST_LIMIT", "OUTPUT_LIMIT"],
    why: "a value that is too large is refused, whatever the refusal is called",
  }),
  useless(
    "uses keys that mean something elsewhere",
    `for (const key of ["__proto__", "constructor", "toString", "../../other", "a'; DROP TABLE message; --", "\\u0000", "\\ud800", ""]) {
      tried += 1;
      try { const value = await ctx.kv.get(key); if (value !== undefined && value !== null) gained += key + " "; } catch {}
    }`,
  ),
  useless(
    "stores invalid values",
    `for (const call of [() => ctx.kv.set(), () => ctx.kv.set(1, 1), () => ctx.kv.set("k", 1n), () => ctx.kv.set("k", () => 1), () => ctx.kv.set("k", Symbol("x")),
      () => ctx.kv.increment("k", "1"), () => ctx.kv.increment("k", NaN), () => ctx.kv.increment("k", 1n), () => ctx.kv.get({}), () => ctx.kv.delete(null), () => ctx.kv.set("k".repeat(100_000), 1)]) {
      tried += 1;
      try { await call(); gained += tried + " "; } catch (error) { if (!(error instanceof Error)) gained += "no error "; }
    }`,
  ),
  passes(
    "leaves calls open at its end",
    "void ctx.kv.get('a'); ctx.http.fetch('https://example.invalid/').catch(() => 1); return 1;",
    {
      result: 1,
      runs: 3,
    },
  ),
];
