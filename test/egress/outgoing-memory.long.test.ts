/**
 * Calls of functions may be large or stall. The memory of main stays small, and calls of other functions are still
 * answered.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 90_000 });

const MEGABYTE = 1024 * 1024;
const LARGE = Buffer.alloc(MEGABYTE, "large ");
const PACKED = gzipSync(LARGE);
/** One function has 64 MiB for answers, and about 100 KiB for each call whose answer has not been read. */
const MOST_MB = 250;
const SAMPLE_MS = 100;

/** The server that functions call. It counts requests and keeps the responses that it does not finish. */
const held: ServerResponse[] = [];
let asked = 0;
const ANSWERS: Readonly<Record<string, (request: IncomingMessage, to: ServerResponse) => void>> = {
  "/stalled": (_, to) => {
    held.push(to);
    to.write(LARGE.subarray(1));
  },
  "/silent": (request, to) => {
    request.resume();
    held.push(to);
  },
  "/large": (_, to) => to.end(LARGE),
  "/packed": (_, to) => to.writeHead(200, { "content-encoding": "gzip" }).end(PACKED),
  "/small": (_, to) => to.end("small"),
};
const other = createServer((request, to) => {
  asked += 1;
  to.on("error", () => undefined);
  ANSWERS[request.url ?? ""]?.(request, to);
});

let folder: string;
let server: ServerProcess;

const residentMb = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) / 1024;

const MANY = {
  hostCalls: 50,
  hostCallsAtOnce: 50,
  concurrency: 100,
  timeoutMs: 120_000,
  cpuMs: 100_000,
};

function install(origin: string): void {
  const write = (kind: string, name: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(folder, kind, name), { recursive: true });
    for (const [file, text] of Object.entries(files))
      writeFileSync(join(folder, kind, name, file), text);
  };
  const http = { allow: [origin], privateNetworks: ["127.0.0.0/8"] };
  const provider = (name: string, priority: number) =>
    write("providers", name, {
      "provider.json": JSON.stringify({ name, priority }),
      "match.ts": `export default (event) => event.uri.startsWith("${name}/");`,
    });
  const fn = (name: string, body: string, more: object = {}) =>
    write("functions", name.replace("/", "-"), {
      "function.json": JSON.stringify({
        name: name.replace("/", "-"),
        provider: name.split("/")[0],
        uri: name,
        http,
        memoryMb: 256,
        ...more,
      }),
      "index.ts": `export default async ({ payload: { path, count } }, ctx) => {
        const options = { timeoutMs: 100_000 };
        const get = (path, more = {}) => ctx.http.fetch("${origin}" + path, { ...options, ...more });
        const times = (count, one) => Array.from({ length: count }, one);
        ${body}
      };`,
    });
  provider("greedy", 1);
  provider("modest", 2);
  const lengths =
    "return (await Promise.all(all.map(async (one) => (await (await one).text()).length))).join();";
  fn("greedy/get", `const all = times(count, () => get(path)); ${lengths}`, MANY);
  fn(
    "greedy/busy",
    `const all = times(count, () => get(path));
    await Promise.race(all);
    for (const until = Date.now() + 700; Date.now() < until; );
    ${lengths}`,
    MANY,
  );
  fn(
    "greedy/post",
    `const more = { method: "POST", body: "x".repeat(1_000_000) };
    const all = times(count, () => get("/silent", more)); ${lengths}`,
    MANY,
  );
  fn(
    "greedy/late",
    `const more = { timeoutMs: 1000 };
    const all = await Promise.allSettled(times(count, () => get("/silent", more)));
    return all.map(({ reason }) => reason?.message);`,
    MANY,
  );
  const few = { ...MANY, hostCallsAtOnce: 1 };
  fn(
    "greedy/hoard",
    `const more = { method: "POST", body: "x".repeat(1_000_000) };
    await Promise.all(times(count, () => get("/silent", more)));`,
    few,
  );
  fn("modest/get", "return (await (await get(path)).text()).length;");
}

beforeAll(async () => {
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  folder = tempFolder().path;
  install(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
  server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_SANDBOX_PROCESSES: "2",
    HOOKYARD_LOG_LEVEL: "warn",
  });
  await honest("/large");
});
beforeEach(() => {
  asked = 0;
});
afterEach(() => allEnded());
afterAll(async () => {
  await server.end("SIGKILL");
  other.closeAllConnections();
  other.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers the waiting requests, or closes the connection if the answer has begun. */
function release(): void {
  for (const one of held.splice(0)) {
    if (one.headersSent) one.destroy();
    else one.end("late");
  }
}

async function post(uri: string, payload: object, headers: Record<string, string> = {}) {
  const init = { method: "POST", body: JSON.stringify(payload), headers };
  const response = await fetch(`${server.url}/webhooks/v1/${uri}`, init);
  return { status: response.status, json: (await response.json()) as { messageId: string } };
}

/** Checks that a function of another provider can call and that its sender gets an answer. */
async function honest(path: string): Promise<void> {
  const { status } = await post("modest/get", { path }, { "flex-sync-webhook": "true" });
  expect(status).toBe(200);
}

async function greedy(uri: string, messages: number, payload: object): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < messages; n++) {
    const { status, json } = await post(`greedy/${uri}`, payload);
    expect(status).toBe(202);
    ids.push(json.messageId);
  }
  return ids;
}

async function api<T>(path: string): Promise<T> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await (await fetch(`${server.url}/api/v1${path}`, { headers })).json()) as T;
}

const pending = async () =>
  (await api<{ items: unknown[] }>("/messages?status=PENDING&limit=200")).items.length;

/**
 * Releases waiting calls until all messages have ended. Calls that waited for their turn start then, and must be
 * released too.
 */
async function allEnded(): Promise<void> {
  const releasing = setInterval(release, 10);
  await expect
    .poll(pending, { timeout: 90_000, interval: 100 })
    .toBe(0)
    .finally(() => clearInterval(releasing));
}

interface Ended {
  readonly status: string;
  readonly result: unknown;
  readonly error: { readonly kind: string; readonly message: string } | null;
}

async function ended(ids: readonly string[]): Promise<readonly Ended[]> {
  await expect.poll(pending, { timeout: 90_000, interval: 200 }).toBe(0);
  const all = ids.map((id) => api<{ executions: readonly Ended[] }>(`/messages/${id}`));
  return (await Promise.all(all)).flatMap(({ executions }) => executions);
}

/** The growth of main's memory in megabytes while `run` runs, at its peak. */
async function growthMb(run: () => Promise<void>): Promise<number> {
  const before = residentMb();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, residentMb());
  }, 20);
  await run().finally(() => clearInterval(watch));
  return Math.max(most, residentMb()) - before;
}

/** Resolves once main has not grown for a second. */
async function settled(): Promise<void> {
  for (let [most, calm] = [residentMb(), 0]; calm < 10; calm += 1) {
    await sleep(SAMPLE_MS);
    if (residentMb() <= most + 1) continue;
    most = residentMb();
    calm = 0;
  }
}

test.each(["/large", "/packed"])(
  "400 answers from %s to functions that compute do not fill the memory of main",
  async (path) => {
    let ids: readonly string[] = [];
    const grown = await growthMb(async () => {
      ids = await greedy("busy", 8, { path, count: 50 });
      for (const { status, result } of await ended(ids)) {
        expect(status).toBe("SUCCESS");
        expect(result).toBe(Array.from({ length: 50 }, () => MEGABYTE).join());
      }
    });
    expect(grown).toBeLessThan(MOST_MB);
  },
);

test("600 answers that stall before their end do not fill the memory of main", async () => {
  const grown = await growthMb(async () => {
    await greedy("get", 12, { path: "/stalled", count: 50 });
    await expect.poll(() => asked, { timeout: 60_000 }).toBe(600);
    await settled();
    for (const path of ["/small", "/large", "/packed"]) await honest(path);
  });
  expect(grown).toBeLessThan(MOST_MB);
});

test("120 requests with a body of a megabyte to a silent server do not fill the memory of main", async () => {
  let ids: readonly string[] = [];
  const grown = await growthMb(async () => {
    ids = await greedy("post", 12, { count: 10 });
    await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThan(20);
    await settled();
    await honest("/large");
  });
  expect(grown).toBeLessThan(MOST_MB);
  // The other calls waited for their turn and did not fail.
  expect(asked).toBeLessThan(60);
  await allEnded();
  const ends = await ended(ids);
  const answers = Array.from({ length: 10 }, () => 4).join();
  for (const { result } of ends) expect(result).toBe(answers);
});

test("calls of a function wait when others use all places, and end at their time limit", async () => {
  await greedy("get", 24, { path: "/silent", count: 50 });
  await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThan(1000);
  const late = await greedy("late", 1, { count: 50 });
  await honest("/small");
  const idOf = late[0] ?? "";
  const status = async () => (await api<{ status: string }>(`/messages/${idOf}`)).status;
  await expect.poll(status, { timeout: 60_000 }).toBe("SUCCESS");
  const { executions } = await api<{ executions: readonly Ended[] }>(`/messages/${idOf}`);
  const messages = executions.flatMap(({ result }) => result as readonly string[]);
  expect(messages).toHaveLength(50);
  // This function is a separate one, so a few of its calls find a place.
  for (const message of messages)
    expect(message).toMatch(
      /^(there was no complete answer|the call did not start) within 1000 ms/,
    );
  expect(messages.filter((one) => one.startsWith("the call did")).length).toBeGreaterThan(40);
});

test("calls that wait in a process have a limit there, and its error names the function that exceeds it", async () => {
  const ids = await greedy("hoard", 8, { count: 50 });
  const failures = async () =>
    (await api<{ items: unknown[] }>("/messages?status=FAILED&function=greedy-hoard")).items;
  await expect.poll(async () => (await failures()).length, { timeout: 60_000 }).toBeGreaterThan(0);
  await honest("/large");
  await allEnded();
  const ends = await ended(ids);
  const errors = ends.flatMap(({ error }) => (error === null ? [] : [error]));
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.length).toBeLessThan(ends.length);
  for (const { kind, message } of errors) {
    expect(kind).toBe("HOST_LIMIT");
    expect(message).toContain("more bytes than its share of its process");
  }
});
