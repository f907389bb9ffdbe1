/** A TCP client that can break the rules of HTTP: it sends and receives bytes. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** All bytes received so far. */
  received(): string;
  /** Whether the other side has closed the connection. */
  isClosed(): boolean;
}

/** Resolves when the client is connected and has written `bytes`. */
export async function rawClient(url: string, bytes: string | Buffer = ""): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = "";
  let closed = false;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  // A reset counts as a close.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
  });
  await once(socket, "connect");
  if (bytes.length > 0) socket.write(bytes);
  return {
    socket,
    received: () => received,
    isClosed: () => closed,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The head of a request to the URI `uri`, up to the empty line. */
export const head = (uri: string, ...headers: readonly string[]): string =>
  [`POST /webhooks/v1/${uri} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");
