/** The base paths as an Express router: any method, any content type, any bytes. */
import { Router } from "express";
import { type AdmitSurroundings, admit } from "./admit.ts";
import { type AnswerSurroundings, answerTo } from "./answer.ts";
import { readMessage } from "./read-message.ts";

export interface IngressSurroundings extends AdmitSurroundings, AnswerSurroundings {
  readonly basePaths: readonly string[];
  readonly maxBodyBytes: number;
  readonly trustProxy: boolean;
}

export function ingressRouter(around: IngressSurroundings): Router {
  const router = Router({ caseSensitive: true });
  for (const basePath of around.basePaths) {
    router.use(basePath, async (request, response) => {
      const startedAt = performance.now();
      const message = await readMessage(request, { ...around, basePath });
      const admission = await admit(message, around);
      around.metrics.messageStored(performance.now() - startedAt);
      const { status, headers, body } = await answerTo(admission, around);
      response
        .writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
        .end(body);
    });
  }
  return router;
}
