/** A script with invalid source text is not loaded, and does not block main. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { fn, type TestApp } from "../../support/test-app.ts";
import { type HostileSource, SOURCES } from "./cases-source.ts";
import { post, reloaded, startHostileApp } from "./hostile-app.ts";
import { expectMainAsBefore, gaugeMain, type MainGauge } from "./main-gauge.ts";
import { SMALL_LIMITS, STYLES } from "./script.ts";

/** The CPU time of main for one save: main reads and strips the script, and compares it with about thirty others. */
const MAIN_CPU_MS = 1500;

const SYNC = { headers: { "flex-sync-webhook": "true" } };
const GOOD = "export default async () => 'the last good version';\n";
const NEXT = "export default async () => 'the next version';\n";
const slot = (source: string) => fn("slot", source, SMALL_LIMITS);

const cases = SOURCES.flatMap((one) =>
  STYLES.flatMap((style) => {
    const source = one.sources[style];
    return source === undefined ? [] : [[one.name, style, one, source] as const];
  }),
);

let app: TestApp;
let before: MainGauge;

beforeAll(async () => {
  app = await startHostileApp({ slot: slot(GOOD) });
  before = await gaugeMain(app);
}, 90_000);
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

test.each(cases)(
  "%s (%s): is loaded or refused as expected, and the other scripts still run",
  {
    timeout: 90_000,
  },
  async (name, style, one, source) => {
    const mark = `${name} ${style}`;
    app.writeFunction("slot", slot(GOOD));
    await reloaded(app, `good before ${mark}`);
    const cpuBefore = process.cpuUsage();
    app.writeFunction("slot", slot(source));
    await reloaded(app, mark);
    const cpu = process.cpuUsage(cpuBefore);
    await expectSlot(one);
    expect((cpu.user + cpu.system) / 1000, "main was kept busy").toBeLessThan(MAIN_CPU_MS);
    expect(await post(app, "honest")).toMatchObject({ status: 200, end: "SUCCESS" });
    app.writeFunction("slot", slot(NEXT));
    await reloaded(app, `next after ${mark}`);
    expect((await post(app, "slot")).result).toBe("the next version");
  },
);

async function expectSlot({ ends, ...one }: HostileSource): Promise<void> {
  const { status, end, result, error } = await post(app, "slot");
  if (ends === "refused") expect(result).toBe("the last good version");
  // A script may also be loaded and then fail in its run, if its entry expects no result.
  if (ends === "either") expect(["SUCCESS", "SCRIPT_ERROR", "COMPILE_ERROR"]).toContain(end);
  if (ends === "accepted") expect({ status, error }).toEqual({ status: 200, error: null });
  if ("result" in one) expect(result).toEqual(one.result);
}

test.each([
  ["loops", "for (;;);"],
  ["bloats", "const all = []; for (;;) all.push(new Array(1000).fill([]));"],
  ["breaks V8", "const all = new Map(); for (let n = 0; ; n++) all.set(n, n);"],
  ["cannot be stopped", "let n = 3n; for (;;) n = (n ** 5n) % (1n << 3_000_000n) + 3n;"],
])(
  "a script that %s as it is loaded at the start takes no other with it",
  {
    timeout: 90_000,
  },
  async (_, top) => {
    const others = Array.from({ length: 6 }, (_, n) => `other-${n}`);
    const honest = others.map(
      (name) => [name, fn(name, "export default () => 'honest';\n")] as const,
    );
    await using fresh = await startHostileApp({
      hostile: fn("hostile", `${top}\nexport default () => 1;\n`),
      ...Object.fromEntries(honest),
    });
    const statuses = await Promise.all(
      others.map(async (name) => (await fresh.send(name, SYNC)).status),
    );
    expect(statuses).toEqual(others.map(() => 200));
    expect((await fresh.send("hostile", SYNC)).status).toBe(404);
  },
);

test("main has no more memory, files and processes than before", { timeout: 90_000 }, async () => {
  await expectMainAsBefore(app, before);
});
