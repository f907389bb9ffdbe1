/** The server that listens: its limits, its start and its end. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Config } from "./config.ts";
import { HookyardError } from "./errors.ts";

const KEEP_ALIVE_MS = 65_000;

/** Gateways add headers, and Node's own limits would refuse some of them and drop others without a word. */
export function createHttpServer(
  http: RequestListener,
  { headersTimeoutMs, requestTimeoutMs, maxConnections }: ConnectionLimits,
): Server {
  const server = createServer(
    { maxHeaderSize: 64 * 1024, connectionsCheckingInterval: checkEvery(headersTimeoutMs) },
    http,
  );
  server.maxHeadersCount = 0;
  // Longer than the minute for which gateways keep theirs: who closes first loses the request that is on its way.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = Math.max(requestTimeoutMs, headersTimeoutMs);
  if (maxConnections > 0) keepWithin(server, maxConnections);
  return server;
}

export type ConnectionLimits = Pick<
  Config["limits"],
  "headersTimeoutMs" | "requestTimeoutMs" | "maxConnections"
>;

/** How often Node looks for who is late. */
const checkEvery = (timeoutMs: number): number => Math.min(5000, Math.max(50, timeoutMs / 4));

/**
 * Room for one more is made by closing the oldest connection that waits for its sender. Refusing new ones instead would
 * let whoever opens enough of them lock everybody else out.
 */
function keepWithin(server: Server, maxConnections: number): void {
  const requests = new Map<Socket, IncomingMessage | undefined>();
  server.on("request", (request: IncomingMessage) => void requests.set(request.socket, request));
  server.on("connection", (socket: Socket) => {
    requests.set(socket, undefined);
    socket.once("close", () => void requests.delete(socket));
    if (requests.size > maxConnections) oldestWaiting(requests)?.destroy();
  });
}

function oldestWaiting(
  requests: ReadonlyMap<Socket, IncomingMessage | undefined>,
): Socket | undefined {
  for (const [socket, request] of requests) {
    const isWorking = request?.complete === true && !request.destroyed;
    if (!socket.destroyed && !isWorking) return socket;
  }
  return undefined;
}

/** Throws `bad_configuration` when the address cannot be had. */
export async function listen(
  server: Server,
  { port, host }: Pick<Config, "port" | "host">,
): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server
    .once("error", (cause) => reject(cannotListen(host, port, cause)))
    .listen(port, host, resolve);
  await promise;
  return server;
}

function cannotListen(host: string, port: number, cause: Error): HookyardError {
  const detail = `cannot listen on ${host}:${port}: ${cause.message}. Set HOOKYARD_PORT or HOOKYARD_HOST to what is free and allowed here.`;
  return new HookyardError("bad_configuration", detail, { cause });
}

/** Answers what is being asked, keeps no idle connection, and takes no new one. */
export async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // A kept-alive connection becomes idle only once its last answer is out.
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  await promise;
  clearInterval(closing);
}
