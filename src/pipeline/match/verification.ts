/** Verifies a message: combines the verdict of the provider's script with the verification mode in force. */
import type { Verification } from "../../model/decision.ts";
import type { Provider } from "../../model/definition.ts";
import type { Message } from "../../model/message.ts";
import {
  modeInForce,
  refusalWithoutSecret,
  type Unverified,
} from "../../model/verification-mode.ts";
import type { Sandbox } from "../../sandbox/main/sandbox.ts";

interface VerifyReport {
  readonly verdict?: Awaited<ReturnType<Sandbox["decide"]>>["verdict"];
  readonly challenge?: "basic" | undefined;
  readonly unverified: Unverified;
}

export function verificationOf(
  message: Message,
  provider: Provider,
  { verdict, challenge, unverified }: VerifyReport,
): Verification {
  const mode = modeInForce(provider, unverified);
  const ownResult = (result: Verification["result"], reason: string): Verification => ({
    mode,
    result,
    reason,
    isOwnReason: true,
  });
  if (mode === "off") return ownResult("skipped", "this provider is not verified");
  if (message.resubmission?.edited === true)
    return ownResult("skipped", "an edited copy: its signature cannot be checked");
  const refusal = refusalWithoutSecret(provider, unverified);
  if (refusal !== undefined) return ownResult("failed", refusal);
  const challengeField = challenge === undefined ? {} : { challenge };
  // A missing verdict counts as failed: verification fails closed.
  if (verdict === undefined)
    return { ...ownResult("failed", "the provider gave no verdict"), ...challengeField };
  const { ok, ...rest } = verdict;
  return {
    mode,
    result: ok ? "ok" : "failed",
    ...rest,
    ...(ok ? {} : challengeField),
  } as Verification;
}
