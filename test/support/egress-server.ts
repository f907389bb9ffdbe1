/** Real servers on loopback for the tests of outgoing requests, and calls to them. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as NetServer, type Socket } from "node:net";
import { Egress, type EgressOptions } from "../../src/egress/egress.ts";
import type { EgressAnswer, EgressRequest, HttpGrantLike } from "../../src/egress/request.ts";
import { functionFileSchema, grantOf } from "../../src/registry/function-file.ts";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** The number of accepted connections, of open connections, and of received bytes. */
  readonly accepted: () => number;
  readonly open: () => number;
  readonly received: () => number;
}

type Handler = (request: SeenRequest, response: ServerResponse) => unknown;

/** An HTTP server on a loopback address. For grants 127.0.0.2 is a separate host. */
export async function startServer(handler: Handler, host = "127.0.0.1"): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(seen);
      handler(seen, response);
    });
  });
  return { ...(await watched(server, host)), requests };
}

/** A plain TCP server. The test writes its answers. */
export async function startTcpServer(
  onSocket: (socket: Socket) => void = () => undefined,
  host = "127.0.0.1",
): Promise<TestServer> {
  return { ...(await watched(createTcpServer(onSocket), host)), requests: [] };
}

/** Listens, and counts the bytes that arrive unread. */
export async function watched(
  server: NetServer,
  host: string,
): Promise<Omit<TestServer, "requests">> {
  const sockets = new Set<Socket>();
  let [accepted, received] = [0, 0];
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    port,
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    accepted: () => accepted,
    open: () => sockets.size,
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A grant as in `function.json`. */
export function granted(
  allow: readonly string[],
  privateNetworks: readonly string[] = ["127.0.0.0/8"],
): HttpGrantLike {
  const file = { name: "test", provider: "test", uri: "x", http: { allow, privateNetworks } };
  return grantOf(functionFileSchema.parse(file).http);
}

/** The entry that allows exactly the origin of this URL, in any spelling. */
export function entryFor(url: string): HttpGrantLike["allow"][number] {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol === "https:" ? "https" : "http";
  const defaultPort = scheme === "https" ? 443 : 80;
  return { scheme, host: hostname, wildcard: false, port: Number(port || defaultPort) };
}

const NEVER = new AbortController().signal;

/** Makes one GET call within the grant. `other` overrides its fields. */
export function call(
  egress: Egress,
  url: string,
  grant: HttpGrantLike,
  other: Partial<EgressRequest> & { readonly signal?: AbortSignal } = {},
): Promise<EgressAnswer> {
  const { signal = NEVER, ...rest } = other;
  const request = { method: "GET", headers: [], redirect: "follow", timeoutMs: 5000 } as const;
  return egress.fetch({ url, ...request, ...rest }, grant, signal);
}

/** Makes one call with its own egress. */
export async function callOnce(
  url: string,
  grant: HttpGrantLike,
  other: Parameters<typeof call>[3] & { readonly options?: EgressOptions } = {},
): Promise<EgressAnswer> {
  const { options, ...rest } = other;
  await using egress = new Egress(options);
  return await call(egress, url, grant, rest);
}

/** The parts of an answer that tests compare; of a long body only the start. */
export const textOf = (answer: EgressAnswer) =>
  answer.ok
    ? `${answer.status} ${answer.body.toString("utf8", 0, 200)}`
    : `${answer.kind} ${answer.name}`;
