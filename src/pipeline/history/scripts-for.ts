import type { Message } from "../../model/message.ts";
import type { Registry } from "../../registry/registry.ts";
import type { Originals } from "./original-scripts.ts";

/** The scripts of now, or those of the time of what this message is a copy of. */
export async function scriptsFor<T extends { readonly registry: () => Registry }>(
  message: Message,
  deps: T,
  originals: Originals,
): Promise<T> {
  const { resubmission } = message;
  if (resubmission?.originalScripts !== true) return deps;
  const registry = await originals.ofCopy(message, resubmission.of);
  return { ...deps, registry: () => registry };
}
