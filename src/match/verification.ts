/** Whether a message is authentic, by what its provider's script said and by whether that counts. */
import type { Verification } from "../model/decision.ts";
import type { Provider } from "../model/definition.ts";
import type { Message } from "../model/message.ts";
import { modeInForce, refusalWithoutSecret, type Unverified } from "../model/verification-mode.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

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
  if (mode === "off") return { mode, result: "skipped", reason: "this provider is not verified" };
  if (message.resubmission?.edited === true) {
    return { mode, result: "skipped", reason: "an edited copy: no signature can vouch for it" };
  }
  const refusal = refusalWithoutSecret(provider, unverified);
  if (refusal !== undefined) return { mode, result: "failed", reason: refusal };
  // No verdict at all is a failure too: it fails closed.
  const { ok, ...rest } = verdict ?? { ok: false, reason: "the provider gave no verdict" };
  const asks = ok || challenge === undefined ? {} : { challenge };
  return { mode, result: ok ? "ok" : "failed", ...rest, ...asks } as Verification;
}
