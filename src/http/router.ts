/** The base paths as an Express router: any method, any content type, any bytes. */
import { type Request, Router } from "express";
import { remoteAddress } from "../model/remote-address.ts";
import { type Admission, type AdmitSurroundings, admit } from "../pipeline/intake/admit.ts";
import { type AnswerSurroundings, answerTo } from "./answer.ts";
import { type DecodeReceivedDeps, decodeReceived } from "./decode-received.ts";
import { readMessage } from "./read-message.ts";

export interface IngressSurroundings
  extends AdmitSurroundings,
    AnswerSurroundings,
    DecodeReceivedDeps {
  readonly basePaths: readonly string[];
  readonly trustProxy: boolean;
}

export function ingressRouter(around: IngressSurroundings): Router {
  const router = Router({ caseSensitive: true });
  for (const basePath of around.basePaths) {
    router.use(basePath, async (request, response) => {
      const startedAt = performance.now();
      const admission = await takeIn(request, { basePath, startedAt }, around);
      around.metrics.messageStored(performance.now() - startedAt);
      const { status, headers, body } = await answerTo(admission, around);
      response
        .writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
        .end(body);
      const { message, bodyBytes } = admission;
      around.tracing?.answered(message, { startedAt, status, bodyBytes });
    });
  }
  return router;
}

/** What can be refused is refused before the body is read. */
async function takeIn(
  request: Request,
  { basePath, startedAt }: { readonly basePath: string; readonly startedAt: number },
  around: IngressSurroundings,
): Promise<Admission> {
  const address = remoteAddress(request, around.trustProxy);
  around.strangers.enter(address);
  using upload = around.gate.enter(address);
  const { maxBodyBytes, now } = around;
  const options = { basePath, maxBodyBytes, now, upload, remoteAddress: address };
  const message = await readMessage(request, options);
  around.tracing?.step(message, { name: "accept", startedAt });
  using _ = await decodeReceived(message, upload, around);
  return await admit(message, around);
}
