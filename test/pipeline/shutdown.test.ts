/** Shutdown: the server exits with 0 within ten seconds, and every open request gets a correct answer. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ServerProcess, spawnServer, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

/** The promised time, doubled for a busy machine. */
const GONE_WITHIN_MS = 20_000;

let folder: string;
let environment: Record<string, string>;
let running: ServerProcess[];

const FUNCTIONS = {
  quick: "export default (event) => event.rawBody;",
  short: "export default async (event, ctx) => { await ctx.sleep(700); return 1; };",
  sleeps: "export default async (event, ctx) => { await ctx.sleep(60_000); };",
  loops: "export default () => { for (;;); };",
};

beforeEach(() => {
  folder = tempFolder().path;
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("providers/anything/provider.json", '{"name":"anything","priority":1}');
  write("providers/anything/match.ts", "export default () => true;");
  for (const [name, script] of Object.entries(FUNCTIONS)) {
    const limits = { timeoutMs: 120_000, cpuMs: 60_000, concurrency: 4 };
    const json = { name, provider: "anything", uri: name, ...limits };
    write(`functions/${name}/function.json`, JSON.stringify(json));
    write(`functions/${name}/index.ts`, script);
  }
  environment = {
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_SANDBOX_PROCESSES: "2",
  };
  running = [];
});

afterEach(async () => {
  for (const server of running) await server.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<ServerProcess> {
  const server = await startServer(environment);
  running.push(server);
  return server;
}

const post = (server: ServerProcess, uri: string, init: RequestInit = {}) =>
  fetch(`${server.url}/webhooks/v1/${uri}`, { method: "POST", ...init });

const sync = { headers: { "flex-sync-webhook": "true" } };

/** Statuses of the executions in the database, by function. */
function executions(): Readonly<Record<string, readonly string[]>> {
  const sqlite = new Database(join(folder, "data/hookyard.db"), { readonly: true });
  const sql = "SELECT function, status, interruptions FROM execution ORDER BY id";
  const found: Record<string, string[]> = {};
  for (const row of sqlite
    .prepare<[], { function: string; status: string; interruptions: number }>(sql)
    .all()) {
    found[row.function] ??= [];
    found[row.function]?.push(`${row.status} ${row.interruptions}`);
  }
  sqlite.close();
  return found;
}

const untilRunning = (name: string) => expect.poll(() => executions()[name]).toEqual(["RUNNING 0"]);

/** Sends a request with an unfinished body; resolves with the whole response. */
function halfABody({ url }: ServerProcess): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(Number(port), hostname, () => {
    socket.write("POST /webhooks/v1/quick HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf");
  });
  socket
    .on("data", (chunk) => {
      answer += chunk.toString("utf8");
    })
    .on("close", () => resolve(answer))
    .on("error", () => resolve(answer));
  return promise;
}

test("unfinished work is answered and released: a waiting sender, a loop, half a body, a backlog", {
  timeout: 60_000,
}, async () => {
  const server = await start();
  const waiting = post(server, "sleeps", sync);
  const half = halfABody(server);
  await untilRunning("sleeps");
  for (let count = 0; count < 30; count++) expect((await post(server, "loops")).status).toBe(202);
  await expect.poll(() => executions()["loops"]).toContain("RUNNING 0");

  const askedAt = performance.now();
  expect(await server.end("SIGTERM")).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(GONE_WITHIN_MS);

  const answer = await waiting;
  expect([answer.status, await answer.json()]).toEqual([202, { messageId: expect.any(String) }]);
  expect(await half).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 5[\s\S]*"code":"stopping"/i);
  // The executions are released without counting an attempt, because none of them was at fault.
  expect(executions()).toEqual({ sleeps: ["PENDING 0"], loops: Array(30).fill("PENDING 0") });
});

test("running functions may finish and are answered; new requests are refused, and a second signal changes nothing", async () => {
  const server = await start();
  const waiting = post(server, "short", sync);
  await untilRunning("short");
  server.process.kill("SIGINT");
  await expect.poll(() => server.output()).toContain("stopping");
  server.process.kill("SIGTERM");
  const ended = server.end("SIGTERM");
  await expect(post(server, "quick")).rejects.toThrow();
  expect((await waiting).status).toBe(200);
  expect(await ended).toBe(0);
  expect(executions()).toEqual({ short: ["SUCCESS 0"] });
});

test("a run that started before its message was stored is released too", async () => {
  const server = await start();
  await (await post(server, "quick", sync)).json();
  const posting = post(server, "loops");
  // The answer waits a tenth of a second for functions that have started.
  await sleep(40);
  const askedAt = performance.now();
  expect(await server.end("SIGTERM")).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(GONE_WITHIN_MS);
  expect((await posting).status).toBe(202);
  expect(server.output()).toContain("stopped");
  expect(executions()).toEqual({ quick: ["SUCCESS 0"], loops: ["PENDING 0"] });
});

test("a server that gets SIGTERM while it starts exits with 0 before it is ready", async () => {
  const server = spawnServer(environment);
  running.push(server);
  // Scripts can run only some time after the database exists.
  const opened = () => existsSync(join(folder, "data/hookyard.db-wal"));
  await expect.poll(opened, { interval: 2, timeout: 90_000 }).toBe(true);
  expect(await server.end("SIGTERM")).toBe(0);
  expect(server.output()).toMatch(/stopping[\s\S]*stopped/);
  expect(server.output()).not.toContain("senders post to");
});
