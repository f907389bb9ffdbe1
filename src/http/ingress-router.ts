/** The base paths as an Express router. Accepts nearly any method, and any content type and bytes. */
import { type Request, Router } from "express";
import { methodNotAllowed } from "../errors.ts";
import { remoteAddress } from "../model/remote-address.ts";
import { type Admission, type AdmitDeps, admit } from "../pipeline/intake/admit.ts";
import { type AnswerDeps, answerTo } from "./answer.ts";
import { type DecodeReceivedDeps, decodeReceived } from "./decode-received.ts";
import { readMessage } from "./read-message.ts";

export interface IngressDeps extends AdmitDeps, AnswerDeps, DecodeReceivedDeps {
  readonly basePaths: readonly string[];
  readonly trustProxy: boolean;
}

/** A `TRACE` is about the way to the server, and a `CONNECT` asks for a tunnel: neither carries a message. */
const NEVER_SENT: ReadonlySet<string> = new Set(["TRACE", "CONNECT"]);
/** The methods that `Allow` names. Others than these and the two above are accepted too. */
const SENT = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

const pathAndMethod = ({ method, baseUrl, path }: Request) => ({
  method,
  path: `${baseUrl}${path}`,
});

export function ingressRouter(deps: IngressDeps): Router {
  const router = Router({ caseSensitive: true });
  for (const basePath of deps.basePaths) {
    router.use(basePath, async (request, response) => {
      if (NEVER_SENT.has(request.method)) throw methodNotAllowed(pathAndMethod(request), SENT);
      const startedAt = performance.now();
      const admission = await receive(request, { basePath, startedAt }, deps);
      deps.metrics.messageStored(performance.now() - startedAt);
      const { status, headers, body } = await answerTo(admission, deps);
      response
        .writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
        .end(body);
      const { message, bodyBytes } = admission;
      deps.tracing?.answered(message, { startedAt, status, bodyBytes });
    });
  }
  return router;
}

/** Receives and admits a message. Limits are checked before the body is read. */
async function receive(
  request: Request,
  { basePath, startedAt }: { readonly basePath: string; readonly startedAt: number },
  deps: IngressDeps,
): Promise<Admission> {
  const address = remoteAddress(request, deps.trustProxy);
  deps.strangers.enter(address);
  using upload = deps.gate.enter(address);
  const { maxBodyBytes, now } = deps;
  const options = { basePath, maxBodyBytes, now, upload, remoteAddress: address };
  const message = await readMessage(request, options);
  deps.tracing?.step(message, { name: "accept", startedAt });
  using _ = await decodeReceived(message, upload, deps);
  return await admit(message, deps);
}
