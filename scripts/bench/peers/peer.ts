/** Runs another program as a target in its own process; it is ready when it answers. */
import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { endChild, hasEnded, registered } from "../child.ts";
import { processTree } from "../process-tree.ts";

const READY_WITHIN_MS = 60_000;

export interface Peer extends AsyncDisposable {
  readonly url: string;
  /** Resolves once no process that it started is running. */
  readonly untilIdle: () => Promise<void>;
}

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once a post to `url` is answered with `status`. */
export async function startPeer(
  command: readonly [string, ...string[]],
  { cwd, url, status }: { readonly cwd: string; readonly url: string; readonly status: number },
): Promise<Peer> {
  const [program, ...args] = command;
  const child = registered(spawn(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] }));
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (!(await answers(url, status))) {
    if (hasEnded(child) || performance.now() > giveUpAt) await fail(child, program);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const untilIdle = async () => {
    while (processTree(child.pid ?? 0).length > 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
  };
  return { url, untilIdle, [Symbol.asyncDispose]: () => endChild(child) };
}

async function fail(child: ChildProcess, program: string): Promise<never> {
  await endChild(child);
  throw new Error(`${program} did not answer within ${READY_WITHIN_MS} ms`);
}

async function answers(url: string, status: number): Promise<boolean> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ ref: "x", repository: { full_name: "x" }, commits: [] });
  try {
    const response = await fetch(url, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status === status;
  } catch {
    return false;
  }
}
