import type { Message } from "../../model/message.ts";
import type { Registry } from "../../registry/registry.ts";
import type { OriginalScripts } from "./original-scripts.ts";

/** Returns `deps` with the current scripts, or with the original scripts if the resubmission asks for them. */
export async function scriptsFor<T extends { readonly registry: () => Registry }>(
  message: Message,
  deps: T,
  originals: OriginalScripts,
): Promise<T> {
  const { resubmission } = message;
  if (resubmission?.originalScripts !== true) return deps;
  const registry = await originals.ofCopy(message, resubmission.of);
  return { ...deps, registry: () => registry };
}
