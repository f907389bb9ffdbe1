/**
 * Requests of scripts to other hosts. What makes them takes 13 MB and a fifth of a second, and many an installation has
 * no function that may call anybody: it is loaded, and its guards are tried, before the first of them calls.
 */
import type { AddressInfo } from "node:net";
import type { Config } from "../config.ts";
import type { Egress } from "../egress/egress.ts";
import { OwnAddress } from "../egress/own-address.ts";
import type { Registry } from "../registry/registry.ts";

export class Outgoing implements AsyncDisposable {
  readonly #ownHosts: readonly string[];
  readonly #own = new OwnAddress();
  #egress: Promise<Egress> | undefined;

  constructor({ publicUrl }: Pick<Config, "publicUrl">) {
    // Where senders reach this server: a function that called it would be a loop.
    this.#ownHosts = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  }

  /** Throws `sandbox_unusable` when a function that is installed could reach what it may not. */
  static async start(
    config: Pick<Config, "publicUrl">,
    { functions }: Registry,
  ): Promise<Outgoing> {
    const outgoing = new Outgoing(config);
    if ([...functions.values()].some(({ http }) => http.allow.length > 0)) await outgoing.#load();
    return outgoing;
  }

  /** From then on no script calls this server there, under whatever name. */
  listensAt(bound: AddressInfo): void {
    this.#own.listensAt(bound);
  }

  /** Rejects only for what `start` throws for. */
  readonly fetch: Egress["fetch"] = async (...call) => (await this.#load()).fetch(...call);

  async [Symbol.asyncDispose](): Promise<void> {
    const egress = await this.#egress?.catch(() => undefined);
    await egress?.[Symbol.asyncDispose]();
  }

  #load(): Promise<Egress> {
    this.#egress ??= this.#tried().catch((error: unknown) => {
      // There may have been no port to try it with: the next call tries again.
      this.#egress = undefined;
      throw error;
    });
    return this.#egress;
  }

  async #tried(): Promise<Egress> {
    const { Egress } = await import("../egress/egress.ts");
    await using stack = new AsyncDisposableStack();
    const egress = stack.use(new Egress({ ownHosts: this.#ownHosts, isOwn: this.#own.isOwn }));
    await egress.start();
    stack.move();
    return egress;
  }
}
