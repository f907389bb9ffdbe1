/** The address where this server listens. Scripts may not call it: its API would give them more than their grants. */
import { type AddressInfo, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { canonicalAddress } from "../model/remote-address.ts";

const WILDCARDS = ["0.0.0.0", "::"];

export class OwnAddress {
  #bound: AddressInfo | undefined;

  listensAt(bound: AddressInfo): void {
    this.#bound = bound;
  }

  /** Whether a connection to this address and port would reach this server; false before it listens. */
  readonly isOwn = (address: string, port: number): boolean => {
    const bound = this.#bound;
    if (bound?.port !== port) return false;
    const [there, here] = [canonicalAddress(address), canonicalAddress(bound.address)];
    return WILDCARDS.includes(here ?? "") ? isOfThisMachine(there) : there === here;
  };
}

function isOfThisMachine(address: string | undefined): boolean {
  if (address === undefined || (isIPv4(address) && address.startsWith("127."))) return true;
  const own = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return (
    WILDCARDS.includes(address) || own.some((one) => canonicalAddress(one.address) === address)
  );
}
