/** A server without scripts in a process of its own, and connections to it up to its limit and beyond. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type RawClient, rawClient } from "../support/raw-client.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

export const WITHIN = { timeout: 30_000, interval: 50 };
/** Open files that this process and the server need besides connections. */
const OTHER_FILES = 500;

const openFilesAllowed = () =>
  Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);

const openFiles = ({ pid }: ServerProcess) => readdirSync(`/proc/${pid}/fd`).length;

export const residentMb = ({ pid }: ServerProcess) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

export async function statusOfHonest(url: string): Promise<number> {
  const signal = AbortSignal.timeout(10_000);
  const init = { method: "POST", body: "{}", signal, headers: { connection: "close" } };
  return (await fetch(`${url}/webhooks/v1/x`, init)).status;
}

/** Starts a server without scripts. */
export async function startEmpty(environment: Readonly<Record<string, string>> = {}) {
  const folder = tempFolder().path;
  for (const kind of ["providers", "functions"]) mkdirSync(join(folder, kind));
  const server = await startServer({
    HOOKYARD_DATA_DIR: folder,
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: "a-token-for-tests-only",
    HOOKYARD_HEADERS_TIMEOUT_MS: "600000",
    ...environment,
  });
  const end = async () => {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { server, [Symbol.asyncDispose]: end };
}

/**
 * Fails unless `count` idle connections are kept, the oldest are closed for new ones, and all resources are released.
 */
export async function expectRoomForMore(count: number): Promise<void> {
  const max = Math.min(count, openFilesAllowed() - OTHER_FILES);
  await using started = await startEmpty({ HOOKYARD_MAX_CONNECTIONS: String(max) });
  const { server } = started;
  expect(await statusOfHonest(server.url)).toBe(202);
  const [filesAtRest, mbAtRest] = [openFiles(server), residentMb(server)];
  const all: RawClient[] = [];
  const openMore = async (count: number) => {
    // A few at a time, because the backlog of a listening socket is short.
    for (let n = 0; n < count; n += 100)
      all.push(...(await Promise.all(Array.from({ length: 100 }, () => rawClient(server.url)))));
  };
  await openMore(max);
  await expect.poll(() => openFiles(server), WITHIN).toBeGreaterThanOrEqual(max);
  expect(await statusOfHonest(server.url)).toBe(202);
  await openMore(500);
  expect(openFiles(server)).toBeLessThan(filesAtRest + max + 20);
  await expect.poll(() => all.slice(0, 400).every((one) => one.isClosed()), WITHIN).toBe(true);
  expect(all.slice(600).some((one) => one.isClosed())).toBe(false);
  for (let n = 0; n < 5; n++) expect(await statusOfHonest(server.url)).toBe(202);
  expect(residentMb(server) - mbAtRest).toBeLessThan(400);
  for (const { socket } of all) socket.destroy();
  await expect.poll(() => openFiles(server), WITHIN).toBeLessThanOrEqual(filesAtRest + 5);
  expect(await statusOfHonest(server.url)).toBe(202);
}
