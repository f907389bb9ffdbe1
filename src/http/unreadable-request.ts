/** The answer to a request that Node's HTTP parser refuses. There is no request object for it, only the socket. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HookyardError } from "../errors.ts";

// Importing `node:http` loads its client too, which takes 60 ms and 5 MB and is not used here.
const { STATUS_CODES } = process.getBuiltinModule("node:http");

/** An error of Node's parser, or of the network. */
export interface ParserError extends Error {
  readonly code?: string;
  /** A fixed text of the parser, without anything that was sent. */
  readonly reason?: string;
}

/** `latest` is the response to the last request of the connection that could be read, if any. */
export function answerUnreadable(
  error: ParserError,
  socket: Socket,
  latest: ServerResponse | undefined,
): void {
  const problem = problemOf(error);
  if (problem === undefined || !socket.writable) socket.destroy();
  else if (latest !== undefined && isPending(latest)) answerAfter(latest, socket, problem);
  else if (isAnswering(socket, latest)) socket.destroy();
  else end(socket, problem);
}

function end(socket: Socket, problem: HookyardError): void {
  socket.write(responseText(problem));
  socket.destroySoon();
}

/** The message before it may be stored, so it gets its own answer first. Each further chunk is unreadable too. */
function answerAfter(latest: ServerResponse, socket: Socket, problem: HookyardError): void {
  if (answeredLater.has(socket)) return;
  answeredLater.add(socket);
  // Before Node's own listener, which may close the socket.
  latest.prependOnceListener("finish", () => {
    if (socket.writable) end(socket, problem);
  });
}

const answeredLater = new WeakSet<Socket>();

/** The last request arrived whole and is not answered yet: what cannot be read came after it. */
const isPending = ({ req, headersSent }: ServerResponse): boolean => req.complete && !headersSent;

/** Part of another response is on its way: text after it would be taken for more of it. */
const isAnswering = (socket: Socket, latest: ServerResponse | undefined): boolean =>
  socket.writableLength > 0 || (latest?.headersSent === true && !latest.writableFinished);

/** Undefined for an error of the network: the connection is gone. */
function problemOf({ code, reason }: ParserError): HookyardError | undefined {
  switch (code) {
    case "HPE_INVALID_URL":
      return new HookyardError(
        "malformed_path",
        "the path or the query has a byte that a URL cannot have; percent-encode it as UTF-8, for example %C3%A9 for é; nothing was stored",
      );
    case "HPE_HEADER_OVERFLOW":
      return new HookyardError(
        "too_many_headers",
        "the headers are longer than 64 KiB, which is the limit; nothing was stored",
      );
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new HookyardError(
        "body_too_large",
        "the extensions of a chunk are longer than 16 KiB, which is the limit; nothing was stored",
      );
    case "HPE_INVALID_EOF_STATE":
      return new HookyardError(
        "incomplete_body",
        "the connection ended before the request did; nothing was stored",
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HookyardError(
        "upload_too_slow",
        "the request did not arrive in time (HOOKYARD_HEADERS_TIMEOUT_MS, HOOKYARD_REQUEST_TIMEOUT_MS); nothing was stored",
      );
    default:
      if (code?.startsWith("HPE_") !== true) return undefined;
      return new HookyardError(
        "bad_request",
        `the request is not valid HTTP/1.1: ${reason ?? code}; nothing was stored`,
      );
  }
}

function responseText(problem: HookyardError): string {
  const body = JSON.stringify(problem.toProblem());
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    "Connection: close",
  ];
  return [...head, "", body].join("\r\n");
}
