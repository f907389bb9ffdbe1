/** What a backtest compares with: everything installed, with the drafts in place of their namesakes. */
import type { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { BacktestPlan } from "../model/backtest.ts";
import type { DefinitionKind, DefinitionOf, Provider } from "../model/definition.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import type { backtestBody } from "./backtest-schemas.ts";
import { draftOf, useable } from "./definition-changes.ts";

type Body = z.infer<typeof backtestBody>;

/** Throws `script_refused` or `bad_request` for what cannot be used. */
export async function planOf(body: Body, scripts: LiveRegistry): Promise<BacktestPlan> {
  const { providers, functions } = scripts.loaded();
  const providerDrafts = await made("provider", body.providers, scripts);
  const asked = inOrder(merged(providers, providerDrafts), body.order ?? []);
  const functionDrafts = await made("function", body.functions, scripts, asked);
  return {
    providers: asked,
    functions: merged(functions, functionDrafts),
    drafts: new Set(functionDrafts.map(({ name }) => name)),
  };
}

/** Those that are named change places among themselves: the others stay where they are. */
function inOrder(all: readonly Provider[], order: readonly string[]): readonly Provider[] {
  const known = new Map(all.map((one) => [one.name, one]));
  const named = order.map((name) => {
    const one = known.get(name);
    if (one !== undefined) return one;
    const detail = `order: there is no provider ${JSON.stringify(name.slice(0, 100))}; GET /api/v1/providers lists those there are`;
    throw new HookyardError("bad_request", detail);
  });
  if (new Set(order).size < order.length)
    throw new HookyardError(
      "bad_request",
      "order: found a name more than once, expected each once",
    );
  const next = named.values();
  return all
    .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1))
    .map((one) => (order.includes(one.name) ? (next.next().value ?? one) : one))
    .map((one, at) => ({ ...one, priority: at + 1 }));
}

const merged = <T extends { readonly name: string }>(
  installed: readonly T[],
  drafts: readonly T[],
): readonly T[] => [
  ...installed.filter(({ name }) => drafts.every((draft) => draft.name !== name)),
  ...drafts,
];

function made<Kind extends DefinitionKind>(
  kind: Kind,
  drafts: Body["providers"],
  scripts: LiveRegistry,
  providers?: readonly Provider[],
): Promise<readonly DefinitionOf[Kind][]> {
  return Promise.all(
    drafts.map(async ({ script, note: _, ...fields }) => {
      const draft = draftOf(kind, fields, script, scripts);
      const { value } = await useable(draft, scripts, providers);
      return value;
    }),
  );
}
