/** The outgoing result of a run: secrets masked, and checked against its limits in bytes of UTF-8. */

import type { ScriptResponse } from "../../model/outcome.ts";
import { bytesToText, textToBytes } from "../../model/text-codec.ts";
import type { RunResult } from "../wire/guest-posts.ts";
import type { RunReport } from "../wire/protocol.ts";
import { answerProblem } from "./answer-limits.ts";
import { isLonger } from "./cut-text.ts";
import { maskJson } from "./json-mask.ts";
import type { Mask } from "./mask.ts";
import { MAX_BYTES, outgoingText } from "./outgoing-text.ts";

/** The secrets to mask in the texts of a run and in its values. */
export interface RunMasks {
  /** For logs, messages and errors: secret properties and proof headers. */
  readonly texts: Mask;
  /** For the result and the HTTP answer, which are shown only to users who may see headers: secret properties only. */
  readonly values: Mask;
}

/** The result exceeds a limit. */
export interface OutputProblem {
  readonly problem: string;
}

export function outgoingReport(
  reported: RunResult,
  { texts: mask, values }: RunMasks,
  { outputKb }: { readonly outputKb: number },
): RunResult | OutputProblem {
  const { message, skipped, result, response, ...rest } = reported;
  const maskedResult = result === undefined ? undefined : maskJson(result, values);
  const maskedResponse = response === undefined ? undefined : maskResponse(response, values);
  const problem = resultProblem(result, maskedResult, outputKb) ?? responseProblem(maskedResponse);
  if (problem !== undefined) return { problem };
  return {
    ...rest,
    ...(message === undefined ? {} : { message: outgoingText(message, MAX_BYTES.message, mask) }),
    ...(skipped === undefined ? {} : { skipped: outgoingText(skipped, MAX_BYTES.message, mask) }),
    ...(maskedResult === undefined ? {} : { result: maskedResult }),
    ...(maskedResponse === undefined ? {} : { response: maskedResponse }),
  };
}

/** Checks before and after masking: the name of a secret may be longer than the secret. */
function resultProblem(
  result: string | undefined,
  masked: string | undefined,
  outputKb: number,
): string | undefined {
  const maxBytes = outputKb * 1024;
  const tooLong = [result, masked].find((text) => text !== undefined && isLonger(text, maxBytes));
  return tooLong === undefined
    ? undefined
    : `the result has ${Buffer.byteLength(tooLong)} bytes as JSON, at most ${maxBytes} are kept (outputKb)`;
}

function responseProblem(response: RunReport["response"]): string | undefined {
  const problem = response === undefined ? undefined : answerProblem(response);
  return problem === undefined ? undefined : `ctx.respond: ${problem}`;
}

/** Leaves out a header whose name contains a secret: a masked name would be a different header. */
function maskResponse({ headers, ...response }: ScriptResponse, mask: Mask): ScriptResponse {
  const kept = Object.entries(headers)
    .filter(([name]) => !mask.isInHeaderName(name))
    .map(([name, value]) => {
      const masked = typeof value === "string" ? mask.apply(value) : value.map(mask.apply);
      return [name, masked] as const;
    });
  return { ...response, headers: Object.fromEntries(kept), body: maskBody(response, mask) };
}

function maskBody(
  { body, bodyEncoding }: Pick<ScriptResponse, "body" | "bodyEncoding">,
  mask: Mask,
): string {
  if (bodyEncoding === undefined) return mask.apply(body);
  const text = bytesToText(Buffer.from(body, bodyEncoding));
  return mask.isIn(text) ? textToBytes(mask.apply(text)).toString(bodyEncoding) : body;
}
