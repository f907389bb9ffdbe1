/** The server that listens: its limits, its start and its end. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Config } from "./config.ts";
import { Connections } from "./connections.ts";
import { HookyardError } from "./errors.ts";

const KEEP_ALIVE_MS = 65_000;
/** How long a server that ends waits for requests that have not come in whole. */
const UNFINISHED_MS = 2000;

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
  server.on("checkContinue", (request, response) => {
    askForBody(request, response);
    http(request, response);
  });
  connections.set(server, new Connections(server, maxConnections));
  return server;
}

export type ConnectionLimits = Pick<
  Config["limits"],
  "headersTimeoutMs" | "requestTimeoutMs" | "maxConnections"
>;

const connections = new WeakMap<Server, Connections>();

/** How often Node looks for who is late. */
const checkEvery = (timeoutMs: number): number => Math.min(5000, Math.max(50, timeoutMs / 4));

/** A sender that asked first is told to go on when its body is read, and never sends what is refused. */
function askForBody(request: IncomingMessage, response: ServerResponse): void {
  // Nobody knows whether a body follows an answer that did not wait for it.
  response.shouldKeepAlive = false;
  request.once("resume", () => {
    if (response.headersSent) return;
    response.shouldKeepAlive = true;
    response.writeContinue();
  });
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
  const unfinished = setTimeout(() => connections.get(server)?.closeWaiting(), UNFINISHED_MS);
  await promise;
  clearTimeout(unfinished);
  clearInterval(closing);
}
