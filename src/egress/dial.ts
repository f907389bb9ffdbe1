/** Opens a TCP connection to checked addresses, and checks the reached address again. */
import { connect, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from "node:net";
import type { DuplexOptions } from "node:stream";
import type { AddressPolicy } from "./address-policy.ts";
import { deniedAddress, EgressFailure } from "./failure.ts";
import { UNCOUNTED_BYTES } from "./request.ts";

export interface Target {
  /** For messages; the connection goes to `addresses` and nowhere else. */
  readonly hostname: string;
  readonly port: number;
  /** At least one. */
  readonly addresses: readonly string[];
}

/**
 * A connected socket on which nothing was sent yet. Rejects with the error of the connection, or the signal's reason.
 */
export function dial(target: Target, policy: AddressPolicy, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const options: TcpNetConnectOpts & DuplexOptions = {
    host: "addresses-are-known.invalid",
    port: target.port,
    // The name is not looked up again: a second lookup could return an address that was not checked.
    lookup: fixedLookup(target.addresses),
    autoSelectFamily: true,
    blockList: policy.blockList,
    noDelay: true,
    keepAlive: true,
    // Bounds the bytes buffered for a call that waits for memory before it reads.
    highWaterMark: UNCOUNTED_BYTES,
  };
  const socket = connect(options);
  const fail = (error: unknown) => {
    socket.destroy();
    reject(error);
  };
  const onAbort = () => fail(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  // Stays for the life of the socket: an unhandled error between two calls would end the process.
  socket.on("error", fail);
  socket.once("close", () => signal.removeEventListener("abort", onAbort));
  socket.once("connect", () => {
    signal.removeEventListener("abort", onAbort);
    const refused = refusal(socket, target, policy);
    if (refused === undefined) resolve(socket);
    else fail(refused);
  });
  if (signal.aborted) onAbort();
  return promise;
}

function refusal(
  { remoteAddress }: Socket,
  { hostname }: Target,
  policy: AddressPolicy,
): EgressFailure | undefined {
  if (remoteAddress === undefined)
    return new EgressFailure("NetworkError", `host ${hostname} closed the connection at once`);
  return policy.allows(remoteAddress) ? undefined : deniedAddress(hostname);
}

const fixedLookup =
  (addresses: readonly string[]): LookupFunction =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
