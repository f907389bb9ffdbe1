/**
 * Pooled connections, one pool for each set of private networks. A socket is checked under one set of rules, so it is
 * only reused under the same set.
 */
import type { Socket } from "node:net";
import { Agent } from "undici";
import { createAddressPolicy } from "./address-policy.ts";
import { createConnector, type IsOwn } from "./connector.ts";
import { EgressFailure } from "./failure.ts";
import type { BoundedLookup } from "./lookup.ts";
import { MAX_HEADER_BYTES } from "./request.ts";

/** Most functions reach only public addresses and share one agent. */
const MAX_AGENTS = 32;
/**
 * One for each call that main can hold, so that undici never queues a call. A queued call would look like a slow
 * server, and a function whose calls stall would block other functions from that origin.
 */
const MAX_CONNECTIONS_PER_ORIGIN = 2200;
/** Bounds the keep-alive time that a server asks for, so that a host name is looked up again soon after it moves. */
const MAX_KEEP_ALIVE_MS = 10_000;

export class AgentPool implements AsyncDisposable {
  readonly #lookup: BoundedLookup;
  readonly #isOwn: IsOwn;
  /** By key, least recently used first. */
  readonly #agents = new Map<string, Agent>();
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();

  constructor(lookup: BoundedLookup, isOwn: IsOwn) {
    this.#lookup = lookup;
    this.#isOwn = isOwn;
  }

  /** The agent for functions with these private networks. Throws when one of them is not a valid block. */
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

  /** Fails the open calls, and resolves when every socket is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new EgressFailure("AbortError", "the server is stopping"));
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
    const closed = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    // Includes the sockets of agents that were retired before.
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** The agent finishes its open calls, then closes its sockets. */
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
      // The deadline of the whole call covers these.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
