/** Who would claim a message, were it not for the order: all of them, not the first alone. Decides nothing. */
import type { Claims } from "../model/claims.ts";
import { receivedEvent } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { MatchSurroundings } from "./decide.ts";
import { providerSet } from "./provider-set.ts";
import { scriptInput } from "./script-input.ts";

/** Asks again without those that have claimed it, until nobody else does. */
export async function claims(message: Message, around: MatchSurroundings): Promise<Claims> {
  const registry = around.registry();
  if (registry.providers.length === 0) return { providers: [], faults: [] };
  const input = scriptInput(await receivedEvent(message, around));
  const set = providerSet(registry);
  const claimed: number[] = [];
  for (;;) {
    const { trace } = await around.sandbox.decide(set, input, false, claimed);
    if (trace.at(-1)?.matched === true) {
      claimed.push(trace.length - 1);
      continue;
    }
    const nameOf = (index: number) => registry.providers[index]?.name ?? "";
    const faults = trace.flatMap(({ error }, index) =>
      error === undefined || claimed.includes(index)
        ? []
        : [{ provider: nameOf(index), message: error.message }],
    );
    return { providers: claimed.map(nameOf), faults };
  }
}
