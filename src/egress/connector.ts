/** Opens connections: every address of a name is checked before connecting, and the reached one after. */
import { isIP, type Socket } from "node:net";
import { buildConnector } from "undici";
import { type AddressPolicy, plainAddress } from "./address-policy.ts";
import { Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { deniedAddress, EgressFailure, ownServerMessage } from "./failure.ts";
import type { BoundedLookup } from "./lookup.ts";
import { orAborted } from "./or-aborted.ts";

/** For name lookup, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 5000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

interface Guards {
  readonly policy: AddressPolicy;
  readonly lookup: BoundedLookup;
  readonly isOwn: IsOwn;
}

/** Whether this server listens at an address and port. */
export type IsOwn = (address: string, port: number) => boolean;

/** The open sockets, so that they can be closed. */
export interface Connections {
  readonly sockets: Set<Socket>;
  /** Aborts connections that are being opened; its reason is an error. */
  readonly closing: AbortSignal;
}

/** A connector for undici. Each socket it opens stays in `sockets` until it is closed. */
export function createConnector(guards: Guards, open: Connections): buildConnector.connector {
  const startTls = tlsStarter();
  return (options, callback) => {
    openSocket(options, guards, open, startTls).then(
      (socket) => callback(null, socket),
      (error: unknown) =>
        callback(error instanceof Error ? error : new Error("no connection"), null),
    );
  };
}

type StartTls = (options: buildConnector.Options) => Promise<Socket>;

function tlsStarter(): StartTls {
  // HTTP/2 would bring its own limits, and many calls on one connection. `Deadline` replaces undici's time limit.
  const startTls = buildConnector({ allowH2: false, timeout: 0 });
  return (options) =>
    new Promise((resolve, reject) => {
      startTls(options, (...[error, socket]) => (error === null ? resolve(socket) : reject(error)));
    });
}

async function openSocket(
  options: buildConnector.Options,
  guards: Guards,
  { sockets, closing }: Connections,
  startTls: StartTls,
): Promise<Socket> {
  const { hostname, protocol } = options;
  const port = Number(options.port || DEFAULT_PORTS[protocol]);
  const late = `host ${hostname} could not be connected to within ${CONNECT_TIMEOUT_MS} ms`;
  using deadline = new Deadline(CONNECT_TIMEOUT_MS, late, [closing]);
  const { signal } = deadline;
  const addresses = await allowedAddresses(hostname, guards, signal);
  // Also refused under another name and after a redirect: a script must not act as a sender, a proxy or an
  // administrator.
  if (addresses.some((address) => guards.isOwn(address, port)))
    throw new EgressFailure("EgressDenied", ownServerMessage(hostname));
  const target = { hostname, port, addresses };
  const socket = await dial(target, guards.policy, signal);
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  if (protocol !== "https:") return socket;
  try {
    return await orAborted(startTls({ ...options, httpSocket: socket }), signal);
  } catch (error) {
    // A failed TLS handshake leaves the TCP socket open.
    socket.destroy();
    throw error;
  }
}

/**
 * The addresses to connect to. Throws unless all of them are allowed: a name with a public and a private address is
 * probably an attempt to bypass the check.
 */
export async function allowedAddresses(
  hostname: string,
  { policy, lookup }: Pick<Guards, "policy" | "lookup">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(hostname) !== 0) {
    if (!policy.allows(hostname)) throw deniedAddress(hostname);
    return [plainAddress(hostname)];
  }
  const addresses = await lookup(hostname, signal);
  if (!addresses.every((address) => policy.allows(address))) throw deniedAddress(hostname);
  return addresses.map(plainAddress);
}
