import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  childrenOf,
  isAlive,
  type ServerProcess,
  spawnServer,
  startServer,
} from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

let folder: string;
let environment: Record<string, string>;
let running: ServerProcess[] = [];

async function start(extra: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await startServer({ ...environment, ...extra });
  running.push(server);
  return server;
}

beforeEach(() => {
  folder = tempFolder().path;
  mkdirSync(join(folder, "providers/anything"), { recursive: true });
  mkdirSync(join(folder, "functions/slow"), { recursive: true });
  mkdirSync(join(folder, "functions/quick"), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  write("providers/anything/provider.json", '{"name":"anything","priority":1}');
  write("providers/anything/match.ts", "export default () => true;");
  write("functions/slow/function.json", '{"name":"slow","provider":"anything","uri":"x"}');
  write(
    "functions/slow/index.ts",
    "export default async (event, ctx) => { await ctx.sleep(40); return event.rawBody; };",
  );
  write("functions/quick/function.json", '{"name":"quick","provider":"anything","uri":"x"}');
  write("functions/quick/index.ts", "export default (event) => event.rawBody;");
  environment = {
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_LOG_LEVEL: "warn",
  };
  running = [];
});

afterEach(async () => {
  for (const server of running) await server.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const api = (server: ServerProcess, path: string) =>
  fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });

/** Posts without a pause until the server is gone, and records the accepted messages. */
async function sendUntilDead(server: ServerProcess, accepted: Map<string, string>): Promise<void> {
  for (let count = 0; ; count++) {
    const body = `${server.pid}-${count}-${"x".repeat(2000)}`;
    try {
      const response = await fetch(`${server.url}/webhooks/v1/x`, { method: "POST", body });
      const { messageId } = (await response.json()) as { messageId: string };
      expect(response.status).toBe(202);
      accepted.set(messageId, body);
    } catch {
      return;
    }
  }
}

async function waitUntilNothingIsPending(server: ServerProcess): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; ) {
    const { items } = (await (await api(server, "/messages?status=PENDING&limit=1")).json()) as {
      items: unknown[];
    };
    if (items.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("messages are still pending after 30 s");
}

test("each message that was answered with 2xx survives kill -9 byte for byte, and each of its functions ran", {
  timeout: 120_000,
}, async () => {
  const accepted = new Map<string, string>();
  for (const lifeMs of [150, 400, 250, 600, 80, 350]) {
    const server = await start();
    const senders = Array.from({ length: 8 }, () => sendUntilDead(server, accepted));
    // Each life accepts at least one message, even on a slow machine.
    const atLeast = accepted.size + 20;
    await expect.poll(() => accepted.size).toBeGreaterThan(atLeast);
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    await server.end("SIGKILL");
    await Promise.all(senders);
  }
  expect(accepted.size).toBeGreaterThan(100);

  const server = await start();
  await waitUntilNothingIsPending(server);
  for (const [id, body] of accepted) {
    const message = (await (await api(server, `/messages/${id}`)).json()) as {
      status: string;
      executions: { function: string; status: string; result: unknown }[];
    };
    expect(message.status).toBe("SUCCESS");
    expect(
      message.executions.map((execution) => [
        execution.function,
        execution.status,
        execution.result,
      ]),
    ).toEqual([
      ["quick", "SUCCESS", body],
      ["slow", "SUCCESS", body],
    ]);
    expect(await (await api(server, `/messages/${id}/body`)).text()).toBe(body);
  }
});

test("sandbox children end with the server they belong to", async () => {
  const server = await start();
  await fetch(`${server.url}/webhooks/v1/x`, {
    method: "POST",
    headers: { "flex-sync-webhook": "true" },
  });
  const children = childrenOf(server.pid);
  expect(children.length).toBeGreaterThan(0);
  await server.end("SIGKILL");
  await expect.poll(() => children.filter(isAlive)).toEqual([]);
});

test("a killed sandbox child loses no message", { timeout: 90_000 }, async () => {
  const server = await start();
  const accepted = new Map<string, string>();
  const sending = sendUntilDead(server, accepted);
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const pid of childrenOf(server.pid)) process.kill(pid, "SIGKILL");
  }
  await expect.poll(() => accepted.size).toBeGreaterThan(20);
  await waitUntilFirstCalm(server);
  const { items } = (await (await api(server, "/messages?status=FAILED")).json()) as {
    items: unknown[];
  };
  expect(items).toEqual([]);
  await server.end("SIGKILL");
  await sending;
});

/** A message accepted under load must still end. */
async function waitUntilFirstCalm(server: ServerProcess): Promise<void> {
  const response = await fetch(`${server.url}/webhooks/v1/x`, {
    method: "POST",
    headers: { "flex-sync-webhook": "true" },
  });
  expect(response.status).toBe(200);
}

test("SIGTERM lets running functions finish and exits with 0", async () => {
  const script = "export default (event, ctx) => ctx.sleep(2000);";
  writeFileSync(join(folder, "functions/slow/index.ts"), script);
  const server = await start();
  const answer = fetch(`${server.url}/webhooks/v1/x`, {
    method: "POST",
    headers: { "flex-sync-webhook": "true" },
  });
  const pending = async () =>
    ((await (await api(server, "/messages?status=PENDING")).json()) as { items: unknown[] }).items;
  await expect.poll(pending).toHaveLength(1);
  expect(await server.end("SIGTERM")).toBe(0);
  expect((await answer).status).toBe(200);
});

test("a second server on the same database is refused with the name of the holder, also after a kill", async () => {
  const killed = await start();
  await killed.end("SIGKILL");
  const refused = (pid: number) =>
    expect(start()).rejects.toThrow(
      new RegExp(`hookyard.db is in use by process ${pid} on ${hostname()}, since 20\\d\\d-`),
    );
  const first = await start();
  await refused(first.pid);
  // A process that locks the file but writes no name must not be reported under the name of the last holder.
  const holder = { pid: killed.pid, host: hostname(), since: "2026-01-01T00:00:00.000Z" };
  writeFileSync(join(folder, "data/hookyard.db.holder"), JSON.stringify(holder));
  await expect(start()).rejects.toThrow(/is in use by another process, which has not said which/);
  // This test starts five servers, one after the other.
}, 90_000);

test("all invalid settings are reported at once, without the values of secrets and of unknown settings", async () => {
  const wrong = {
    HOOKYARD_PORT: "80a",
    HOOKYARD_ADMIN_TOKEN: "short-secret",
    HOOKYARD_COLOUR: "red",
  };
  const error = await start(wrong).catch((thrown: Error) => thrown.message);
  expect(error).toMatch(/HOOKYARD_PORT: found "80a", expected a whole number/);
  expect(error).toMatch(/HOOKYARD_ADMIN_TOKEN: expected at least 16 characters/);
  expect(error).toMatch(/HOOKYARD_COLOUR: unknown setting/);
  expect(error).not.toMatch(/short-secret|red\b/);
});

test("the token of the first start works, is shown once, and is not in the database", async () => {
  const { HOOKYARD_ADMIN_TOKEN: _, ...without } = environment;
  environment = without;
  const first = await start();
  const token = /admin token\s+(hky_\S+)/.exec(first.output())?.[1] ?? "";
  const response = await fetch(`${first.url}/api/v1/messages`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  await first.end("SIGTERM");
  const second = await start();
  expect(second.output()).not.toContain("hky_");
});

test("while another process locks the database senders get 503 with Retry-After, and nothing accepted is lost", async () => {
  const server = await start();
  const send = () => fetch(`${server.url}/webhooks/v1/x`, { method: "POST" });
  const before = await send();
  const other = new Database(join(folder, "data/hookyard.db"));
  other.exec("BEGIN IMMEDIATE");
  const refused = await send();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await refused.json()).toMatchObject({ code: "storage_unavailable" });
  other.exec("ROLLBACK");
  other.close();
  const after = await send();
  expect([before.status, after.status]).toEqual([202, 202]);
  await waitUntilNothingIsPending(server);
  const { items } = (await (await api(server, "/messages")).json()) as {
    items: { status: string }[];
  };
  expect(items.map(({ status }) => status)).toEqual(["SUCCESS", "SUCCESS"]);
});

test("a server started on a locked database becomes ready after the lock is released", async () => {
  const first = await start();
  const sent = await fetch(`${first.url}/webhooks/v1/x`, { method: "POST" });
  expect(sent.status).toBe(202);
  await first.end("SIGKILL");
  const other = new Database(join(folder, "data/hookyard.db"));
  other.exec("BEGIN IMMEDIATE");
  const second = spawnServer(environment);
  running.push(second);
  await expect.poll(() => second.output()).toMatch(/pending messages cannot be resumed/);
  expect(second.url).toBe("");
  other.exec("ROLLBACK");
  other.close();
  await expect.poll(() => second.url).not.toBe("");
  await waitUntilNothingIsPending(second);
});
