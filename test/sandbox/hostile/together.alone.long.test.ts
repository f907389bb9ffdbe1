/**
 * All hostile scripts run at once with steady honest messages. A run whose process dies runs again, and no message is
 * lost.
 */
import { expect, test } from "vitest";
import { fn, type TestApp } from "../../support/test-app.ts";
import { ESCAPE } from "./cases-escape.ts";
import { OUTPUT } from "./cases-output.ts";
import { PROMISES, THROWS } from "./cases-promises.ts";
import { TAMPERING } from "./cases-tampering.ts";
import { CPU_IN_CODE, CPU_IN_VALUES } from "./cpu.ts";
import { HOST_FLOODS } from "./host-floods.ts";
import { endOf, HONEST_RESULT, idOf, PAYLOAD, startHostileApp } from "./hostile-app.ts";
import { expectMainAsBefore, gaugeMain } from "./main-gauge.ts";
import { HEAP, OTHER_MEMORY } from "./memory.ts";
import {
  type End,
  type HostileScript,
  isolationOf,
  SMALL_LIMITS,
  type Style,
  sourceOf,
  styleOf,
} from "./script.ts";

const ALL = [
  ...CPU_IN_CODE,
  ...CPU_IN_VALUES,
  ...HEAP,
  ...OTHER_MEMORY,
  ...PROMISES,
  ...THROWS,
  ...OUTPUT,
  ...TAMPERING,
  ...ESCAPE,
  ...HOST_FLOODS,
];
/** The limit is long, because the scripts wait for each other. */
const TIMEOUT_MS = 10_000;
/** Smaller limits for scripts that only use CPU or fill memory slowly, so that the test does not take minutes. */
const BURN_MS = 150;
const BLOAT_MS = 500;
const LATER_AFTER_MS = 8000;
const HONEST_EVERY_MS = 40;
const MAX_TRIES = 3;
const AT_MOST_MS = 200_000;

interface Hostile {
  readonly name: string;
  readonly script: HostileScript;
  readonly style: Style;
}

/** Each script once. */
const hostiles: readonly Hostile[] = ALL.map((script, index) => ({
  name: `h${index}`,
  script,
  style: styleOf(script, "together"),
}));

/**
 * Other tests check how each script ends alone. Here all of them share two cores, so any script may use up its time
 * first, and greedy ones may reach another limit.
 */
const allowed = ({ ends }: HostileScript): readonly End[] =>
  ends.includes("CPU_LIMIT") || ends.includes("MEMORY_LIMIT")
    ? [...ends, "CPU_LIMIT", "MEMORY_LIMIT", "TIMEOUT"]
    : [...ends, "CPU_LIMIT"];

/** Repeats a failed request like a sender does, because a connection may close during a request. */
async function post(
  app: TestApp,
  uri: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init = { headers: { "content-type": "application/json", ...headers }, body: PAYLOAD };
  for (let tries = 1; ; tries++) {
    try {
      return await app.send(uri, init);
    } catch (error) {
      if (tries === MAX_TRIES) throw error;
    }
  }
}

/** Sends honest messages at a steady rate, without waiting for answers, until it is stopped. */
function honestLoad(app: TestApp) {
  const ids: string[] = [];
  const tookMs: number[] = [];
  const refusals: number[] = [];
  const sendOne = async () => {
    const sentAt = performance.now();
    const response = await post(app, "honest", { "flex-sync-webhook": "true" });
    await response.arrayBuffer();
    tookMs.push(performance.now() - sentAt);
    // An overloaded server may refuse a message, but must process each one that it accepted.
    if (response.status === 429 || response.status === 503) refusals.push(response.status);
    else ids.push(idOf(response));
  };
  const sending: Promise<void>[] = [];
  const timer = setInterval(() => sending.push(sendOne()), HONEST_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(sending);
      return { ids, refusals, tookMs: tookMs.toSorted((a, b) => a - b) };
    },
  };
}

/** One call reads all of them. A call for each would use more of the machine than the scripts do. */
async function untilNothingIsPending(app: TestApp, receivedBefore: number): Promise<void> {
  const to = new Date(receivedBefore).toISOString();
  for (const giveUpAt = Date.now() + AT_MOST_MS; Date.now() < giveUpAt; ) {
    const response = await app.api(`/messages?status=PENDING&limit=1&to=${to}`);
    const { items } = (await response.json()) as { items: unknown[] };
    if (items.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`messages are still pending after ${AT_MOST_MS} ms`);
}

test("all hostile scripts at once end as expected, and no honest message is lost or fails", {
  timeout: 300_000,
}, async ({ annotate }) => {
  const later = Date.now() + LATER_AFTER_MS;
  const folders = hostiles.map(({ name, script, style }) => {
    const own = script.limits ?? SMALL_LIMITS;
    const mostMs = script.ends.includes("MEMORY_LIMIT") ? BLOAT_MS : BURN_MS;
    const isolation = isolationOf(script, style);
    const limits = { ...own, timeoutMs: TIMEOUT_MS, cpuMs: Math.min(own.cpuMs, mostMs), isolation };
    return [name, fn(name, sourceOf(script, style, later), limits)] as const;
  });
  await using app = await startHostileApp(Object.fromEntries(folders));
  const before = await gaugeMain(app);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, later - Date.now())));

  const load = honestLoad(app);
  const accepted = await Promise.all(hostiles.map(({ name }) => accept(app, name)));
  // Honest messages continue as long as hostile ones run. Then the open ones end.
  await untilNothingIsPending(app, Date.now());
  const { ids, refusals, tookMs } = await load.stop();
  await untilNothingIsPending(app, Date.now());
  const ends: End[] = [];
  // A view may have half a megabyte, so only its end is kept.
  for (const id of accepted) ends.push(endOf(await app.ended(id)).end);

  const wrong = hostiles.flatMap(({ script, style }, index) => {
    const end = ends[index];
    return allowed(script).some((one) => one === end) ? [] : [`${script.name} (${style}): ${end}`];
  });
  const failed: string[] = [];
  for (const id of ids) {
    const { end, result, error } = endOf(await app.ended(id));
    if (end !== "SUCCESS") failed.push(`${end}: ${error?.message}`);
    else expect(result).toEqual(HONEST_RESULT);
  }
  const at = (share: number) => Math.round(tookMs[Math.floor(tookMs.length * share)] ?? 0);
  await annotate(
    `${ids.length} honest messages among ${hostiles.length} hostile ones: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${refusals.length} refused`,
  );
  expect(failed.join("\n"), "honest messages that failed").toBe("");
  expect(wrong.join("\n"), "hostile messages that ended otherwise").toBe("");
  expect(ids.length).toBeGreaterThan(50);
  await expectMainAsBefore(app, before);
});

/** The id of an accepted message. The rest of the answer is dropped, so that it does not count as main's memory. */
async function accept(app: TestApp, uri: string): Promise<string> {
  const response = await post(app, uri);
  await response.arrayBuffer();
  expect(response.status).toBe(202);
  return idOf(response);
}
