/** The server that listens: its limits, its start and its end. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Config } from "../config.ts";
import { causedBy, HookyardError } from "../errors.ts";
import { Connections } from "./connections.ts";

// An import reads all the module exports, and so loads a whole client of HTTP: 60 ms and 5 MB for nothing.
const { createServer } = process.getBuiltinModule("node:http");

const KEEP_ALIVE_MS = 65_000;
const LOOK_FOR_IDLE_EVERY_MS = 50;
/** How long a server that ends waits for requests that have not come in whole. */
const UNFINISHED_MS = 2000;
/** Tiny ones take twenty times their characters, also while the rest of the head has not come. */
const MAX_HEADERS = 1000;
/** How long a reader may take none of an answer that is there. */
const UNREAD_MS = 30_000;
/** Time for a last answer to leave. */
const FLUSH_MS = 100;
/** Seconds after which another process has likely taken over. */
const RETRY_AFTER_SECONDS = 5;

export class HttpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #connections: Connections;
  /** Requests that are being answered. */
  readonly #open = new Set<ServerResponse>();
  #closed: Promise<void> | undefined;

  /** Gateways add headers, and Node's own limits would refuse some of them and drop others without a word. */
  constructor(
    http: RequestListener,
    { limits, trustProxy }: Pick<Config, "limits" | "trustProxy">,
  ) {
    const { headersTimeoutMs, requestTimeoutMs, maxConnections } = limits;
    const options = {
      maxHeaderSize: 64 * 1024,
      connectionsCheckingInterval: checkEvery(headersTimeoutMs),
    };
    const server = createServer(options, (request, response) => {
      this.#note(response);
      if (hasTooManyHeaders(request)) refuse(response, tooManyHeaders());
      else http(request, response);
    });
    server.on("checkContinue", (request, response) => {
      this.#note(response);
      askForBody(request, response);
      if (hasTooManyHeaders(request)) refuse(response, tooManyHeaders());
      else http(request, response);
    });
    // Node drops those beyond without a word: one more shows that there were.
    server.maxHeadersCount = MAX_HEADERS + 1;
    // Longer than the minute for which gateways keep theirs: who closes first loses the request that is on its way.
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.headersTimeout = headersTimeoutMs;
    server.requestTimeout = Math.max(requestTimeoutMs, headersTimeoutMs);
    this.#server = server;
    this.#connections = new Connections(server, { max: maxConnections, trustProxy });
  }

  /** Throws `bad_configuration` when the address cannot be had. */
  async listen({ port, host }: Pick<Config, "port" | "host">): Promise<this> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server
      .once("error", (cause) => reject(cannotListen(host, port, cause)))
      .listen(port, host, resolve);
    await promise;
    return this;
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  get port(): number {
    return this.address.port;
  }

  /** Answers what is being asked, keeps no idle connection, and takes no new one. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Answers everybody who is left and closes every connection. */
  async cutOff(): Promise<void> {
    this.#refuse(() => true);
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    this.#server.closeAllConnections();
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    // A kept-alive connection becomes idle only once its last answer is out.
    const closing = setInterval(() => this.#server.closeIdleConnections(), LOOK_FOR_IDLE_EVERY_MS);
    const unfinished = setTimeout(() => void this.#endUnfinished(), UNFINISHED_MS);
    await promise;
    clearTimeout(unfinished);
    clearInterval(closing);
  }

  /** Requests that have not come in whole: their senders may never go on. */
  async #endUnfinished(): Promise<void> {
    this.#refuse(({ req }) => !req.complete);
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    this.#connections.closeWaiting();
  }

  #refuse(whom: (response: ServerResponse) => boolean): void {
    for (const response of this.#open)
      if (!response.headersSent && whom(response)) refuse(response, stopping());
  }

  #note(response: ServerResponse): void {
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
    response.once("prefinish", () => endUnread(response));
  }
}

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

/** What a reader has not taken is in memory until it has: one that takes nothing at all is cut off. */
function endUnread({ socket }: ServerResponse): void {
  // Most answers have left by now. Node sets the time anew for the next request of the connection.
  if (socket !== null && socket.writableLength > 0) socket.setTimeout(UNREAD_MS);
}

/** The connection stays open while the body still comes: who is writing would not see an answer before it closes. */
function refuse(response: ServerResponse, error: HookyardError): void {
  const { status, retryAfterSeconds } = error;
  response
    .writeHead(status, {
      "content-type": "application/problem+json",
      ...(retryAfterSeconds === undefined
        ? { connection: "close" }
        : { "retry-after": String(retryAfterSeconds) }),
    })
    .end(JSON.stringify(error.toProblem()));
}

const stopping = (): HookyardError =>
  new HookyardError(
    "stopping",
    "the server is stopping before this request was answered; send it again, which is safe with the same delivery id",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );

const hasTooManyHeaders = ({ rawHeaders }: IncomingMessage): boolean =>
  rawHeaders.length > MAX_HEADERS * 2;

const tooManyHeaders = (): HookyardError =>
  new HookyardError(
    "too_many_headers",
    `found more than ${MAX_HEADERS} headers, expected at most so many; nothing was stored`,
  );

function cannotListen(host: string, port: number, cause: Error): HookyardError {
  const detail = `cannot listen on ${host}:${port}: ${cause.message}. Set HOOKYARD_PORT or HOOKYARD_HOST to what is free and allowed here.`;
  return causedBy(cause, "bad_configuration", detail);
}
