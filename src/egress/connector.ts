/** How connections come about: every address a name has is checked before, and the one that was reached after. */
import { isIP, type Socket } from "node:net";
import { buildConnector } from "undici";
import { type AddressPolicy, plainAddress } from "./address-policy.ts";
import { Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { deniedAddress, EgressFailure, isThisServer } from "./failure.ts";
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

/** What is open, so that it can be closed. */
export interface Connections {
  readonly sockets: Set<Socket>;
  /** Ends connections that are being made; its reason is an error. */
  readonly closing: AbortSignal;
}

/** A connector for undici. Every socket it has opened is in `sockets` until it is closed. */
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
  // HTTP/2 would bring its own limits, and many calls on one connection. The time limit is ours, for all of it.
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
  // However it is named, and whatever led here: a script has the rights of no sender, proxy or administrator.
  if (addresses.some((address) => guards.isOwn(address, port)))
    throw new EgressFailure("EgressDenied", isThisServer(hostname));
  const target = { hostname, port, addresses };
  const socket = await dial(target, guards.policy, signal);
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  if (protocol !== "https:") return socket;
  try {
    return await orAborted(startTls({ ...options, httpSocket: socket }), signal);
  } catch (error) {
    // A TLS connection that fails leaves the one it was built on open.
    socket.destroy();
    throw error;
  }
}

/**
 * The addresses to connect to, all of them allowed. Throws when a single one is not: a name that leads to a public and
 * a private address is meant to get past a check.
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
