/** What a run has said, as it leaves: without secrets, and no more than its limits allow, in bytes of UTF-8. */

import type { ScriptResponse } from "../../model/execution.ts";
import { bytesToText, textToBytes } from "../../model/text-codec.ts";
import type { SaidByRun } from "../wire/guest-posts.ts";
import type { RunReport } from "../wire/protocol.ts";
import { answerProblem } from "./answer-limits.ts";
import { isLonger } from "./cut-text.ts";
import { maskJson } from "./json-mask.ts";
import { leavingText, MAX_BYTES } from "./leaving-text.ts";
import type { Mask } from "./mask.ts";

/** What must not leave in what a run says, and in what it makes. */
export interface RunMasks {
  /** Of logs, messages and errors: secrets, and headers that prove who the sender is. */
  readonly texts: Mask;
  /** Of its result and its answer, which are shown only to those who may see headers. */
  readonly values: Mask;
}

/** It said more than it may. */
export interface TooMuch {
  readonly tooMuch: string;
}

export function leavingReport(
  said: SaidByRun,
  { texts: mask, values }: RunMasks,
  { outputKb }: { readonly outputKb: number },
): SaidByRun | TooMuch {
  const { message, skipped, result, response, ...others } = said;
  const maskedResult = result === undefined ? undefined : maskJson(result, values);
  const maskedResponse = response === undefined ? undefined : maskResponse(response, values);
  const problem = resultProblem(result, maskedResult, outputKb) ?? responseProblem(maskedResponse);
  if (problem !== undefined) return { tooMuch: problem };
  return {
    ...others,
    ...(message === undefined ? {} : { message: leavingText(message, MAX_BYTES.message, mask) }),
    ...(skipped === undefined ? {} : { skipped: leavingText(skipped, MAX_BYTES.message, mask) }),
    ...(maskedResult === undefined ? {} : { result: maskedResult }),
    ...(maskedResponse === undefined ? {} : { response: maskedResponse }),
  };
}

/** A name of a secret may be longer than the secret is. */
function resultProblem(
  result: string | undefined,
  masked: string | undefined,
  outputKb: number,
): string | undefined {
  const most = outputKb * 1024;
  const tooLong = [result, masked].find((text) => text !== undefined && isLonger(text, most));
  return tooLong === undefined
    ? undefined
    : `the result has ${Buffer.byteLength(tooLong)} bytes as JSON, at most ${most} are kept (outputKb)`;
}

function responseProblem(response: RunReport["response"]): string | undefined {
  const problem = response === undefined ? undefined : answerProblem(response);
  return problem === undefined ? undefined : `ctx.respond: ${problem}`;
}

/** A header whose name holds a secret is left out: no other name would mean anything. */
function maskResponse({ headers, ...response }: ScriptResponse, mask: Mask): ScriptResponse {
  const kept = Object.entries(headers)
    .filter(([name]) => !mask.isInName(name))
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
