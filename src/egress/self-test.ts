/** Tests the guards at every start: another version of Node might ignore the block list. */
import { BlockList, createServer, type Server } from "node:net";
import { HookyardError } from "../errors.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { Deadline } from "./deadline.ts";
import type { dial } from "./dial.ts";
import { toEgressFailure } from "./failure.ts";
import type { EgressAnswer } from "./request.ts";

const TIMEOUT_MS = 5000;

/** Each guard of the socket, tested without the other. */
const { allows, blockList } = createAddressPolicy([]);
const GUARDS = [
  ["check of the address that was reached", { allows, blockList: new BlockList() }],
  ["block list of Node", { allows: () => true, blockList }],
] as const;

interface Guarded {
  readonly dial: typeof dial;
  /** A call whose grant allows this URL, so that only the private address can make it fail. */
  readonly fetch: (url: URL) => Promise<EgressAnswer>;
}

/** Calls a listener on loopback, which no grant allows. Throws `sandbox_unusable` unless the call is refused. */
export async function testGuards(guarded: Guarded): Promise<void> {
  await using listener = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.destroy();
  });
  const port = await listen(listener);
  for (const [name, policy] of GUARDS) {
    using deadline = new Deadline(TIMEOUT_MS, "the self-test took too long", []);
    const target = { hostname: "127.0.0.1", port, addresses: ["127.0.0.1"] };
    const kind = await guarded.dial(target, policy, deadline.signal).then(
      (socket) => void socket.destroy(),
      (error: unknown) => toEgressFailure(error, "127.0.0.1").kind,
    );
    if (kind !== "EGRESS_DENIED") throw unguarded(name, kind);
  }
  const answer = await guarded.fetch(new URL(`http://127.0.0.1:${port}/`));
  const kind = answer.ok ? undefined : answer.kind;
  if (kind !== "EGRESS_DENIED") throw unguarded("whole", kind);
}

async function listen(listener: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  listener.once("error", reject).listen(0, "127.0.0.1", resolve);
  await promise.catch((cause: unknown) => {
    const detail = "no port of 127.0.0.1 could be opened to try the guards of outgoing requests";
    throw new HookyardError("sandbox_unusable", detail, { cause });
  });
  const address = listener.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

function unguarded(guard: string, found: string | undefined): HookyardError {
  return new HookyardError(
    "sandbox_unusable",
    `outgoing requests of scripts are not guarded (${guard}): a connection to 127.0.0.1 ended as ${found ?? "connected"}, expected EGRESS_DENIED; run this server with the version of Node it comes with`,
  );
}
