/** Runs hostile scripts one at a time on a real server. Checks the invariants after each, and at the end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fn, type TestApp } from "../../support/test-app.ts";
import { type Ended, expectBounded, post, reloaded, startHostileApp } from "./hostile-app.ts";
import { expectMainAsBefore, gaugeMain, type MainGauge, startLatenessMeter } from "./main-gauge.ts";
import {
  deadlineOf,
  type HostileScript,
  type Isolation,
  isolationOf,
  SMALL_LIMITS,
  type Style,
  sourceOf,
  styleOf,
  stylesOf,
} from "./script.ts";

/** The time from the limit to the answer. */
const ANSWER_WITHIN_MS = 500;
/** The allowed delay for a busy machine. A sandbox that answers late still fails. */
const MAX_FORGIVEN_MS = 1000;
const MAX_TRIES = 3;
/** The CPU time that main may use for one hostile run, which it only passes on. */
const MAIN_CPU_MS = 400;
/** The time in which all scripts must be accepted before `LATER`. */
const LATER_AFTER_MS = 8000;

interface Case {
  readonly script: HostileScript;
  readonly style: Style;
  readonly name: string;
  readonly isolation: Isolation;
}

const HONEST: Readonly<Record<Style, string>> = {
  module: "export default async () => 'honest';\n",
  flexdeploy: "return 'honest';\n",
};

/** Registers the tests of one category, each script in both styles or in one of them in turn. */
export function runAlone(
  category: string,
  scripts: readonly HostileScript[],
  styles: "both" | "one" = "both",
): void {
  const later = Date.now() + LATER_AFTER_MS;
  const cases = scripts.flatMap((script, index) =>
    (styles === "both" ? stylesOf(script) : [styleOf(script, "alone")]).map((style) => ({
      script,
      style,
      name: `h${index}-${style}`,
      isolation: isolationOf(script, style),
    })),
  );
  describe(category, () => {
    let app: TestApp;
    let before: MainGauge;

    beforeAll(async () => {
      app = await startHostileApp(foldersOf(cases, later));
      before = await gaugeMain(app);
    }, 90_000);
    afterAll(async () => {
      await app[Symbol.asyncDispose]();
    });

    test.each(cases.map((one) => [one.script.name, one.style, one] as const))(
      "%s (%s): ends as expected, and the next run is honest",
      {
        timeout: 60_000,
      },
      async (_, __, one) => {
        if (one.script.top?.includes("LATER") === true) await past(later);
        for (let run = 0; run < (one.script.runs ?? 1); run++) await attackInTime(app, one);
        expect(await post(app, "honest")).toMatchObject({ status: 200, end: "SUCCESS" });
      },
    );

    test("the next versions of all scripts run normally", {
      timeout: 60_000,
    }, async () => {
      for (const one of cases) {
        const limits = one.script.limits ?? SMALL_LIMITS;
        const json = { ...limits, isolation: one.isolation };
        app.writeFunction(one.name, fn(one.name, HONEST[one.style], json));
      }
      await reloaded(app, category);
      for (const { name } of cases)
        expect(await post(app, name)).toMatchObject({ status: 200, result: "honest" });
    });

    test("main has no more memory, files and processes than before", {
      timeout: 90_000,
    }, async () => {
      await expectMainAsBefore(app, before);
    });
  });
}

const past = (time: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, time + 10 - Date.now())));

function foldersOf(cases: readonly Case[], later: number) {
  return Object.fromEntries(
    cases.map(({ script, style, name, isolation }) => {
      const limits = script.limits ?? SMALL_LIMITS;
      return [name, fn(name, sourceOf(script, style, later), { ...limits, isolation })];
    }),
  );
}

/** The limits that a run exceeded. */
interface Excess {
  readonly lateMs: number;
  readonly mainCpuMs: number;
}

/** A busy machine can make one answer slow or expensive, but hardly three in a row. */
async function attackInTime(app: TestApp, one: Case): Promise<void> {
  const processes = app.app.sandboxPids().length;
  for (let tries = 1; ; tries++) {
    const { lateMs, mainCpuMs } = await attack(app, one);
    if (lateMs <= 0 && mainCpuMs <= 0) return;
    if (tries === MAX_TRIES) {
      expect(lateMs, "the answer is late").toBeLessThanOrEqual(0);
      expect(mainCpuMs, "main was kept busy").toBeLessThanOrEqual(0);
    }
    // A killed process is replaced before the next attempt.
    await expect.poll(() => app.app.sandboxPids().length).toBeGreaterThanOrEqual(processes);
  }
}

async function attack(app: TestApp, { script, name, isolation }: Case): Promise<Excess> {
  const lateness = startLatenessMeter();
  const cpuBefore = process.cpuUsage();
  const ended = await post(app, name);
  const cpu = process.cpuUsage(cpuBefore);
  const lateMs = lateness.stop();
  const how = `${isolation}: ended with ${ended.end}, ${ended.error?.message ?? "without an error"}`;
  expect(script.ends, how).toContain(ended.end);
  if (ended.end === "SUCCESS") expectResult(script, ended);
  expectBounded(ended);
  const allowedMs = deadlineOf(script) + ANSWER_WITHIN_MS + Math.min(lateMs, MAX_FORGIVEN_MS);
  return {
    lateMs: ended.answeredMs - allowedMs,
    mainCpuMs: (cpu.user + cpu.system) / 1000 - MAIN_CPU_MS,
  };
}

function expectResult({ gainsNothing, ...script }: HostileScript, { result }: Ended): void {
  if (gainsNothing === true) {
    expect(result).toEqual({ tried: expect.any(Number), gained: "" });
    expect((result as { tried: number }).tried).toBeGreaterThan(0);
  }
  if ("result" in script) expect(result).toEqual(script.result);
}
