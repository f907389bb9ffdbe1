/** Records the effects of functions: a separate server without faults. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const SLOW_MS = 250;

/** Evidence that a function ran. */
export interface Effect {
  /** The idempotency key: `<message id>/<function>`. */
  readonly key: string;
  readonly delivery: string;
  /** SHA-256 in hex of the body that the function saw. */
  readonly digest: string;
}

export interface Sink extends AsyncDisposable {
  readonly url: string;
  /** In order of arrival. */
  readonly effects: readonly Effect[];
}

async function readEffect(request: IncomingMessage): Promise<Effect> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

export async function startSink(): Promise<Sink> {
  const effects: Effect[] = [];
  const server = createServer(async (request, response) => {
    try {
      if (request.method === "POST") effects.push(await readEffect(request));
      else await sleep(SLOW_MS);
      response.end("{}");
    } catch {
      // The server was killed in the middle of its request.
      response.destroy();
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}/`, effects, [Symbol.asyncDispose]: close };
}
