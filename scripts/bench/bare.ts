/** Starts the bare Express server for the benchmark. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endChild, nextMessage, registered } from "./child.ts";

const ENTRY = fileURLToPath(new URL("bare-process.ts", import.meta.url));
const START_WITHIN_MS = 10_000;

export interface Bare extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

export async function startBare(uri: string): Promise<Bare> {
  const child = registered(fork(ENTRY, { stdio: ["ignore", "ignore", "inherit", "ipc"] }));
  const address = await nextMessage(child, "starting bare Express", START_WITHIN_MS);
  const { port } = z.object({ port: z.int() }).parse(address);
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}/webhooks/v1/${uri}`,
    [Symbol.asyncDispose]: () => endChild(child),
  };
}
