/** The bytes a signature is over. */
import { textToBytes } from "../../text-codec.ts";
import { type Refusal, refuse, type SignedRequest } from "./verdict.ts";

const BODY = "{body}";

/** As received, then before the sender compressed it: senders and proxies differ in which of the two was signed. */
export function candidateBodies(request: SignedRequest): readonly Buffer[] {
  const { body, decodedBody } = request;
  return decodedBody === undefined ? [body] : [body, decodedBody];
}

/** A template often holds header text: a sender that puts `{body}` there could have us hash the body a thousand times. */
export function templateProblem(template: string | undefined): Refusal | undefined {
  const isRepeated = template !== undefined && template.split(BODY).length > 2;
  return isRepeated ? refuse(`the content to sign holds ${BODY} more than once`) : undefined;
}

/** The pieces to sign, in order: not joined, as a body may be large. */
export function contentPieces(template: string | undefined, body: Buffer): readonly Buffer[] {
  if (template === undefined) return [body];
  const [before = "", after] = template.split(BODY);
  return after === undefined
    ? [textToBytes(before)]
    : [textToBytes(before), body, textToBytes(after)];
}
