/** A server with the hostile scripts. Sends a message and returns its full outcome. */
import { expect } from "vitest";
import {
  ANYTHING,
  fn,
  type MessageView,
  type ScriptFolder,
  startTestApp,
  type TestApp,
} from "../../support/test-app.ts";
import { SANDBOX_PROCESSES } from "./main-gauge.ts";
import type { End } from "./script.ts";

export const PAYLOAD = JSON.stringify({
  text: "hello",
  list: [1, 2, 3],
  nested: { value: true },
});

/** Uses everything that hostile scripts could change: the language, the helpers, the payload. */
const HONEST = `export default async (event, ctx) => {
  const list = await Promise.all(event.payload.list.map(async (n) => n * 2));
  const text = JSON.stringify({ list, sum: Math.max(...new Set(list)), upper: /h(el)lo/.exec(event.payload.text)?.[1]?.toUpperCase() });
  const pure = Object.keys({}).length === 0 && ({}).polluted === undefined && [...[1].values().map(String)][0] === "1";
  return { text, pure, digest: ctx.crypto.hash("sha256", event.rawBody).length };
};\n`;
export const HONEST_RESULT = {
  text: '{"list":[2,4,6],"sum":6,"upper":"EL"}',
  pure: true,
  digest: 64,
};

const ASKS =
  'export default (event, ctx) => ctx.http.fetch("https://example.org").catch(() => 1);\n';

export async function startHostileApp(
  functions: Readonly<Record<string, ScriptFolder>>,
): Promise<TestApp> {
  const app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: {
      ...functions,
      honest: fn("honest", HONEST),
      asks: fn("asks", ASKS),
      marker: markerOf(""),
    },
    environment: {
      HOOKYARD_SANDBOX_PROCESSES: String(SANDBOX_PROCESSES),
      // The thread starts late, and files that it opens would be counted as leaks of scripts.
      HOOKYARD_SEARCH_INDEX: "false",
    },
  });
  try {
    await warmUp(app);
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
  return app;
}

/** Waits until all processes run, each path is warm and all code is loaded, before the first measurement. */
async function warmUp(app: TestApp): Promise<void> {
  expect((await post(app, "asks")).result).toBe(1);
  expect((await app.api("/messages?limit=1")).status).toBe(200);
  for (let round = 0; round < 4; round++) {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(app, "honest")));
    for (const { result } of answers) expect(result).toEqual(HONEST_RESULT);
  }
}

/** A message with the outcome of its only function. */
export interface Ended {
  readonly status: number;
  readonly end: End;
  readonly answeredMs: number;
  readonly result: unknown;
  readonly error: MessageView["executions"][number]["error"];
  readonly view: MessageView;
}

/** Posts synchronously and reads the log. */
export async function post(app: TestApp, uri: string): Promise<Ended> {
  const startedAt = performance.now();
  const response = await app.send(uri, {
    headers: { "flex-sync-webhook": "true", "content-type": "application/json" },
    body: PAYLOAD,
  });
  await response.arrayBuffer();
  const answeredMs = performance.now() - startedAt;
  const view = await app.ended(idOf(response));
  return { status: response.status, answeredMs, view, ...endOf(view) };
}

/** A script may choose the body of the answer, but not the location. */
export const idOf = (response: Response): string =>
  response.headers.get("location")?.split("/").at(-1) ?? "";

export function endOf(view: MessageView): Pick<Ended, "end" | "result" | "error"> {
  const [execution] = view.executions;
  if (execution === undefined) throw new Error(`no function ran: ${JSON.stringify(view)}`);
  const { status, error, result } = execution;
  return { end: (error?.kind ?? status) as End, result, error };
}

const MAX_TEXT = 8192;
/** A cut text ends with a note. */
const ROOM = 200;

/** The stored parts of any run are within their limits. */
export function expectBounded({ view, error }: Ended): void {
  const logs = view.executions[0]?.logs ?? [];
  expect(logs.length).toBeLessThanOrEqual(1001);
  expect(Math.max(0, ...logs.map(({ text }) => text.length))).toBeLessThanOrEqual(MAX_TEXT + ROOM);
  expect(JSON.stringify(logs).length).toBeLessThan(512 * 1024);
  expect(JSON.stringify(view.executions[0]?.result ?? null).length).toBeLessThanOrEqual(512 * 1024);
  expect(view.message?.length ?? 0).toBeLessThanOrEqual(MAX_TEXT + ROOM);
  for (const text of Object.values(error ?? {}))
    expect(String(text).length).toBeLessThanOrEqual(MAX_TEXT + ROOM);
}

const markerOf = (mark: string): ScriptFolder =>
  fn("marker", `export default () => ${JSON.stringify(mark)};\n`);

/** Waits until all written files are loaded. One reload loads all of them. */
export async function reloaded(app: TestApp, mark: string): Promise<void> {
  const marker = markerOf(mark);
  app.writeFunction("marker", marker);
  const source = () => app.app.registry().functions.get("marker")?.script.source;
  await expect.poll(source, { interval: 20 }).toBe(marker.script);
}
