/** Whether a message is authentic, by what its provider's script said and by whether that counts. */
import type { Verification } from "../../model/decision.ts";
import type { Provider } from "../../model/definition.ts";
import type { Message } from "../../model/message.ts";
import {
  modeInForce,
  refusalWithoutSecret,
  type Unverified,
} from "../../model/verification-mode.ts";
import type { Sandbox } from "../../sandbox/main/sandbox.ts";

interface Said {
  readonly verdict?: Awaited<ReturnType<Sandbox["decide"]>>["verdict"];
  readonly challenge?: "basic" | undefined;
  readonly unverified: Unverified;
}

export function verificationOf(
  message: Message,
  provider: Provider,
  { verdict, challenge, unverified }: Said,
): Verification {
  const mode = modeInForce(provider, unverified);
  const own = (result: Verification["result"], reason: string): Verification => ({
    mode,
    result,
    reason,
    isOwnReason: true,
  });
  if (mode === "off") return own("skipped", "this provider is not verified");
  if (message.resubmission?.edited === true)
    return own("skipped", "an edited copy: no signature can vouch for it");
  const refusal = refusalWithoutSecret(provider, unverified);
  if (refusal !== undefined) return own("failed", refusal);
  const asks = challenge === undefined ? {} : { challenge };
  // No verdict at all is a failure too: it fails closed.
  if (verdict === undefined) return { ...own("failed", "the provider gave no verdict"), ...asks };
  const { ok, ...rest } = verdict;
  return { mode, result: ok ? "ok" : "failed", ...rest, ...(ok ? {} : asks) } as Verification;
}
