/** A port that passes all bytes on to the server unchanged, and notes the statuses of the answers in their order. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

const STATUS_LINE = /^HTTP\/1\.1 (\d{3})/;

export interface Tap extends AsyncDisposable {
  readonly url: string;
  readonly statuses: readonly number[];
}

export async function openTap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target);
  const statuses: number[] = [];
  const server = createServer({ allowHalfOpen: true }, (sender) => {
    const receiver = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    sender.pipe(receiver);
    receiver.on("data", (chunk: Buffer) => {
      const status = STATUS_LINE.exec(chunk.toString("latin1"))?.[1];
      if (status !== undefined && status !== "100") statuses.push(Number(status));
      sender.write(chunk);
    });
    receiver.on("end", () => sender.end());
    sender.on("error", () => receiver.destroy());
    receiver.on("error", () => sender.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = address(server.address());
  return {
    url: `http://127.0.0.1:${own}`,
    statuses,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

function address(found: AddressInfo | string | null): AddressInfo {
  if (typeof found === "object" && found !== null) return found;
  throw new Error(`found the address ${found}, expected a port`);
}
