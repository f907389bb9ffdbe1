/** Who is at the other end. */
import type { IncomingMessage } from "node:http";
import { remoteAddressOf } from "../model/remote-address.ts";

export const remoteAddress = ({ headers, socket }: IncomingMessage, trustProxy: boolean): string =>
  // Node joins repeats of this header.
  remoteAddressOf(socket.remoteAddress, String(headers["x-forwarded-for"] ?? ""), trustProxy);
