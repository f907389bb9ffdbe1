/**
 * Outgoing requests of scripts. The HTTP client takes 13 MB and a fifth of a second to load, and many installations
 * grant no function any host. So the client is loaded, and its guards are tested, before the first request.
 */
import type { AddressInfo } from "node:net";
import type { Config } from "../config.ts";
import type { Egress } from "../egress/egress.ts";
import { OwnAddress } from "../egress/own-address.ts";
import type { Registry } from "../registry/registry.ts";

export class Outgoing implements AsyncDisposable {
  readonly #ownHosts: readonly string[];
  readonly #ownAddress = new OwnAddress();
  #egress: Promise<Egress> | undefined;

  constructor({ publicUrl }: Pick<Config, "publicUrl">) {
    // The public address of this server: a function that called it would create a loop.
    this.#ownHosts = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  }

  /** Throws `sandbox_unusable` if an installed function could reach a forbidden address. */
  static async start(
    config: Pick<Config, "publicUrl">,
    { functions }: Registry,
  ): Promise<Outgoing> {
    const outgoing = new Outgoing(config);
    if ([...functions.values()].some(({ http }) => http.allow.length > 0)) await outgoing.#load();
    return outgoing;
  }

  /** After this call no script can call this server at that address, by any host name. */
  listensAt(bound: AddressInfo): void {
    this.#ownAddress.listensAt(bound);
  }

  /** Rejects only for the reasons for which `start` throws. */
  readonly fetch: Egress["fetch"] = async (...call) => (await this.#load()).fetch(...call);

  async [Symbol.asyncDispose](): Promise<void> {
    const egress = await this.#egress?.catch(() => undefined);
    await egress?.[Symbol.asyncDispose]();
  }

  #load(): Promise<Egress> {
    this.#egress ??= this.#openTested().catch((error: unknown) => {
      // The test may have failed because no port was free: the next call tries again.
      this.#egress = undefined;
      throw error;
    });
    return this.#egress;
  }

  async #openTested(): Promise<Egress> {
    const { Egress } = await import("../egress/egress.ts");
    await using stack = new AsyncDisposableStack();
    const egress = stack.use(
      new Egress({ ownHosts: this.#ownHosts, isOwn: this.#ownAddress.isOwn }),
    );
    await egress.start();
    stack.move();
    return egress;
  }
}
