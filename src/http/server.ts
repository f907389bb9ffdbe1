/** The HTTP server: its limits, start and shutdown. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import type { Config } from "../config.ts";
import { causedBy, HookyardError } from "../errors.ts";
import { Connections } from "./connections.ts";
import { answerUnreadable } from "./unreadable-request.ts";

// Importing `node:http` loads its client too, which takes 60 ms and 5 MB and is not used here.
const { createServer, ServerResponse: Answer } = process.getBuiltinModule("node:http");

const KEEP_ALIVE_MS = 65_000;
const CLOSE_IDLE_EVERY_MS = 50;
/** At shutdown, how long the server waits for requests that have not arrived whole. */
const UNFINISHED_MS = 2000;
/**
 * Maximum number of headers. A tiny header takes twenty times its length in memory, even while the rest of the head has
 * not arrived.
 */
const MAX_HEADERS = 1000;
/** How long a client may take without reading any of a written response. */
const UNREAD_MS = 30_000;
/** Time for the last responses to reach the network before connections close. */
const FLUSH_MS = 100;
/** `Retry-After` at shutdown: by then another process has probably taken over. */
const RETRY_AFTER_SECONDS = 5;

export class HttpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #connections: Connections;
  /** Responses of the requests in progress. */
  readonly #open = new Set<ServerResponse>();
  #closed: Promise<void> | undefined;

  /**
   * Larger limits than Node's, because gateways add headers. Node would refuse some requests and drop headers of others
   * silently.
   */
  constructor(
    http: RequestListener,
    { limits, trustProxy }: Pick<Config, "limits" | "trustProxy">,
  ) {
    const { headersTimeoutMs, requestTimeoutMs, maxConnections } = limits;
    const options = {
      maxHeaderSize: 64 * 1024,
      // Node answers a request without this header with an empty 400.
      requireHostHeader: false,
      connectionsCheckingInterval: checkEvery(headersTimeoutMs),
    };
    const server = createServer(options, (request, response) => {
      this.#track(response);
      const problem = headProblem(request);
      if (problem === undefined) http(request, response);
      else refuse(response, problem);
    });
    server.on("checkContinue", (request, response) => {
      continueWhenRead(request, response);
      server.emit("request", request, response);
    });
    server.on("checkExpectation", (_request, response) => {
      this.#track(response);
      refuse(response, unknownExpectation());
    });
    // Without a listener Node closes the connection. The path answers, as for any other method.
    server.on("connect", (request, socket) => {
      if (!(socket instanceof Socket)) return;
      const response = new Answer(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.once("finish", () => socket.end());
      server.emit("request", request, response);
    });
    server.on("clientError", (error, socket: Socket) =>
      answerUnreadable(error, socket, this.#connections.latestResponse(socket)),
    );
    // Some senders close their writing half after the request and then wait for the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    // Node silently drops headers above its limit. Keeping one more shows that there were too many.
    server.maxHeadersCount = MAX_HEADERS + 1;
    // Gateways keep connections open for a minute, so this server keeps them longer: the side that closes first loses a
    // request that is in transit.
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.headersTimeout = headersTimeoutMs;
    server.requestTimeout = Math.max(requestTimeoutMs, headersTimeoutMs);
    this.#server = server;
    this.#connections = new Connections(server, { max: maxConnections, trustProxy });
  }

  /** Throws `bad_configuration` if the server cannot listen on the address. */
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

  /** Finishes the requests in progress, closes idle connections, and accepts no new ones. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Answers the remaining requests with 503 and closes every connection. */
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
    // A kept-alive connection becomes idle only after its last response is sent.
    const closing = setInterval(() => this.#server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
    const unfinished = setTimeout(() => void this.#refuseUnfinished(), UNFINISHED_MS);
    await promise;
    clearTimeout(unfinished);
    clearInterval(closing);
  }

  /** Refuses requests that have not arrived whole: their senders may never continue. */
  async #refuseUnfinished(): Promise<void> {
    this.#refuse(({ req }) => !req.complete);
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    this.#connections.closeWaiting();
  }

  #refuse(isRefused: (response: ServerResponse) => boolean): void {
    for (const response of this.#open)
      if (!response.headersSent && isRefused(response)) refuse(response, stopping());
  }

  #track(response: ServerResponse): void {
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
    response.once("prefinish", () => limitUnread(response));
  }
}

/** How often Node checks for requests past their timeout. */
const checkEvery = (timeoutMs: number): number => Math.min(5000, Math.max(50, timeoutMs / 4));

/**
 * A sender that sent `Expect: 100-continue` gets its 100 when the body is read. If the request is refused before that,
 * the sender never sends the body.
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  // If the response does not wait for the body, the body may or may not follow, so the connection cannot be reused.
  response.shouldKeepAlive = false;
  request.once("resume", () => {
    if (response.headersSent) return;
    response.shouldKeepAlive = true;
    response.writeContinue();
  });
}

/** An unread response stays in memory. A client that reads nothing for `UNREAD_MS` is disconnected. */
function limitUnread({ socket }: ServerResponse): void {
  // Usually the response is sent by now. Node resets the timeout for the next request of the connection.
  if (socket !== null && socket.writableLength > 0) socket.setTimeout(UNREAD_MS);
}

/**
 * With `Retry-After`, the connection stays open while the body arrives: a sender that is still writing would not see a
 * response before the connection closes.
 */
function refuse(response: ServerResponse, error: HookyardError): void {
  const { status, retryAfterSeconds } = error;
  const body = JSON.stringify(error.toProblem());
  response
    .writeHead(status, {
      "content-type": "application/problem+json",
      "content-length": Buffer.byteLength(body),
      ...(retryAfterSeconds === undefined
        ? { connection: "close" }
        : { "retry-after": String(retryAfterSeconds) }),
    })
    .end(body);
}

const stopping = (): HookyardError =>
  new HookyardError(
    "stopping",
    "the server is shutting down and has not answered this request; send it again, which is safe with the same delivery id",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );

/** Why a request is refused before it is read, or undefined. */
function headProblem({
  rawHeaders,
  headers,
  httpVersion,
}: IncomingMessage): HookyardError | undefined {
  if (rawHeaders.length > MAX_HEADERS * 2)
    return new HookyardError(
      "too_many_headers",
      `found more than ${MAX_HEADERS} headers, expected at most that many; nothing was stored`,
    );
  if (headers.host === undefined && httpVersion === "1.1")
    return new HookyardError(
      "bad_request",
      "found no Host header, which HTTP/1.1 requires; nothing was stored",
    );
  return undefined;
}

const unknownExpectation = (): HookyardError =>
  new HookyardError(
    "expectation_failed",
    "found an Expect header with another value than 100-continue, which is the only one known here: leave it out; nothing was stored",
  );

function cannotListen(host: string, port: number, cause: Error): HookyardError {
  const detail = `cannot listen on ${host}:${port}: ${cause.message}. Set HOOKYARD_PORT or HOOKYARD_HOST to an address and port that are free and allowed here.`;
  return causedBy(cause, "bad_configuration", detail);
}
