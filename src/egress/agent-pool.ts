/**
 * Pooled connections, one pool for each set of private networks. A socket is opened and checked under one set of rules
 * and can only be used again under the same ones.
 */
import type { Socket } from "node:net";
import { Agent } from "undici";
import { createAddressPolicy } from "./address-policy.ts";
import { createConnector, type IsOwn } from "./connector.ts";
import { EgressFailure } from "./failure.ts";
import type { BoundedLookup } from "./lookup.ts";
import { MAX_HEADER_BYTES } from "./request.ts";

/** Most functions reach public addresses only, and share one. */
const MAX_AGENTS = 32;
/**
 * One for each call that main may have in hand, which is the real bound: a call that is queued behind them would look like
 * a slow server, and a function whose calls stall would take the connections of others to that origin.
 */
const MAX_CONNECTIONS_PER_ORIGIN = 2200;
/** So that a name that moves is looked up again before long, whatever its server says. */
const MAX_KEEP_ALIVE_MS = 10_000;

export class AgentPool implements AsyncDisposable {
  readonly #lookup: BoundedLookup;
  readonly #isOwn: IsOwn;
  /** By their key, the one used least recently first. */
  readonly #agents = new Map<string, Agent>();
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();

  constructor(lookup: BoundedLookup, isOwn: IsOwn) {
    this.#lookup = lookup;
    this.#isOwn = isOwn;
  }

  /** The agent for functions with these private networks. Throws when one of them is not a block of addresses. */
  agentFor(privateNetworks: readonly string[]): Agent {
    const networks = [...new Set(privateNetworks)].sort();
    const key = networks.join(" ");
    const agent = this.#agents.get(key) ?? this.#newAgent(networks);
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > MAX_AGENTS && oldest !== undefined) this.#retire(oldest);
    return agent;
  }

  /** Fails what is going on, and resolves when every socket is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new EgressFailure("AbortError", "the server is stopping"));
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
    const closed = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    // Those of agents retired before, too.
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** What is under way on it goes on; its sockets close after that. */
  #retire(key: string): void {
    const agent = this.#agents.get(key);
    this.#agents.delete(key);
    agent?.close().catch(() => agent.destroy());
  }

  #newAgent(privateNetworks: readonly string[]): Agent {
    const policy = createAddressPolicy(privateNetworks);
    const open = { sockets: this.#sockets, closing: this.#closing.signal };
    return new Agent({
      connect: createConnector({ policy, lookup: this.#lookup, isOwn: this.#isOwn }, open),
      connections: MAX_CONNECTIONS_PER_ORIGIN,
      allowH2: false,
      pipelining: 1,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The whole call has one deadline, which covers these.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
