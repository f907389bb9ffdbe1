/** `PUT /api/v1/providers/order`: sets the match order of providers, as priorities. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import { withoutRepeats } from "../model/described-checks.ts";
import type { InstalledProvider } from "../registry/load-registry.ts";
import { buildVersion, type ChangeDeps, findInstalled } from "./definition-changes.ts";
import { endpoint } from "./endpoint.ts";

/** Gap between priorities, for later insertions. */
const STEP = 10;

const order = z.object({ items: z.array(z.object({ name: z.string(), priority: z.int() })) });

export const orderProviders = (deps: ChangeDeps) =>
  endpoint({
    method: "put",
    path: "/providers/order",
    permission: "scripts:write",
    operationId: "orderProviders",
    refuses: ["not_found", "conflict", "script_refused"],
    summary: "Sets the match order of these providers; those in files keep their priority",
    body: z.strictObject({ names: withoutRepeats(z.array(z.string()).min(1).max(1000)) }),
    examples: { "two providers": { names: ["github", "gitlab"] } },
    answers: { 200: { description: "The new priorities", schema: order } },
    handle: async ({ body: { names }, caller, assertToken }) => {
      const items = await deps.scripts.change(async () => {
        const found = names.map((name) => findInstalled("provider", name, deps.scripts));
        const planned = priorities(found);
        const changed = planned.filter(({ before, priority }) => before !== priority);
        const change = { caller, note: "order" };
        const versions = await Promise.all(
          changed.map(({ name, priority, parts }) => {
            const file = { ...parts?.file, priority };
            const draft = { kind: "provider", name, file, source: parts?.source ?? "" } as const;
            return buildVersion(draft, change, deps);
          }),
        );
        assertToken();
        await deps.store.scripts.install(versions);
        return planned.map(({ name, priority }) => ({ name, priority }));
      });
      return { status: 200, body: { items } };
    },
  });

/**
 * Rising priorities, changed as little as possible. Throws `conflict` when the fixed priority of a file prevents it.
 */
function priorities(providers: readonly InstalledProvider[]) {
  let floor = 0;
  return providers.map((provider, index) => {
    const { name, origin, parts } = provider;
    const before = parts?.file.priority ?? 1;
    const ceiling = nextOfFiles(providers.slice(index + 1));
    const priority = origin === "file" ? before : between(floor, ceiling, before);
    if (priority <= floor || (origin !== "file" && priority >= ceiling))
      throw noRoom(provider, floor, ceiling);
    floor = priority;
    return { name, priority, before, parts };
  });
}

function between(floor: number, ceiling: number, before: number): number {
  if (before > floor && before < ceiling) return before;
  return Math.min(floor + STEP, Math.ceil((floor + ceiling) / 2));
}

function noRoom({ name, parts }: InstalledProvider, floor: number, ceiling: number): HookyardError {
  const below = ceiling === Number.POSITIVE_INFINITY ? "" : ` and below ${ceiling}`;
  const detail = `${name} cannot be placed after the providers before it: it would need a priority above ${floor}${below}, and providers in files keep their priority; change the priority in ${parts?.filePath ?? "provider.json"}`;
  return new HookyardError("conflict", detail);
}

function nextOfFiles(providers: readonly InstalledProvider[]): number {
  const fixed = providers.find(({ origin }) => origin === "file");
  return fixed?.parts?.file.priority ?? Number.POSITIVE_INFINITY;
}
