/** How connections come about: every address a name has is checked before, and the one that was reached after. */
import { isIP, type Socket } from "node:net";
import { buildConnector } from "undici";
import { type AddressPolicy, plainAddress } from "./address-policy.ts";
import { Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { deniedAddress } from "./failure.ts";
import type { BoundedLookup } from "./lookup.ts";

/** For name lookup, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 5000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

interface Guards {
  readonly policy: AddressPolicy;
  readonly lookup: BoundedLookup;
}

/** What is open, so that it can be closed. */
export interface Connections {
  readonly sockets: Set<Socket>;
  /** Ends connections that are being made; its reason is an error. */
  readonly closing: AbortSignal;
}

/** A connector for undici. Every socket it has opened is in `sockets` until it is closed. */
export function createConnector(guards: Guards, open: Connections): buildConnector.connector {
  // HTTP/2 would bring its own limits, and many calls on one connection.
  const startTls = buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS });
  return (options, callback) => {
    openSocket(options, guards, open).then(
      (socket) => {
        if (options.protocol !== "https:") callback(null, socket);
        else startTls({ ...options, httpSocket: socket }, closingOnFailure(socket, callback));
      },
      (error: unknown) =>
        callback(error instanceof Error ? error : new Error("no connection"), null),
    );
  };
}

async function openSocket(
  { hostname, port, protocol }: buildConnector.Options,
  guards: Guards,
  { sockets, closing }: Connections,
): Promise<Socket> {
  const late = `host ${hostname} could not be connected to within ${CONNECT_TIMEOUT_MS} ms`;
  using deadline = new Deadline(CONNECT_TIMEOUT_MS, late, [closing]);
  const addresses = await allowedAddresses(hostname, guards, deadline.signal);
  const target = { hostname, port: Number(port || DEFAULT_PORTS[protocol]), addresses };
  const socket = await dial(target, guards.policy, deadline.signal);
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  return socket;
}

/**
 * The addresses to connect to, all of them allowed. Throws when a single one is not: a name that leads to a public and
 * a private address is meant to get past a check.
 */
export async function allowedAddresses(
  hostname: string,
  { policy, lookup }: Guards,
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

/** A TLS connection that fails leaves the one it was built on open. */
const closingOnFailure =
  (socket: Socket, callback: buildConnector.Callback): buildConnector.Callback =>
  (...answer) => {
    if (answer[0] !== null) socket.destroy();
    callback(...answer);
  };
