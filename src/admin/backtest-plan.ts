/**
 * The scripts that a backtest compares with: everything installed, with drafts in place of installed ones of the same
 * name.
 */
import type { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { BacktestPlan } from "../model/backtest.ts";
import type { DefinitionKind, DefinitionOf, Provider } from "../model/definition.ts";
import type { LiveRegistry } from "../registry/live-registry.ts";
import type { backtestBody } from "./backtest-schemas.ts";
import { draftOf, usableDraft } from "./definition-changes.ts";

type Body = z.infer<typeof backtestBody>;

/** Throws `script_refused` or `unprocessable` for a draft that cannot be used. */
export async function planOf(body: Body, scripts: LiveRegistry): Promise<BacktestPlan> {
  const { providers, functions } = scripts.loaded();
  const providerDrafts = await buildDrafts("provider", body.providers, scripts);
  const ordered = inOrder(merged(providers, providerDrafts), body.order ?? []);
  const functionDrafts = await buildDrafts("function", body.functions, scripts, ordered);
  return {
    providers: ordered,
    functions: merged(functions, functionDrafts),
    drafts: new Set(functionDrafts.map(({ name }) => name)),
  };
}

/** Reorders the named providers among their places; the others keep theirs. */
function inOrder(all: readonly Provider[], order: readonly string[]): readonly Provider[] {
  const byName = new Map(all.map((one) => [one.name, one]));
  const named = order.map((name) => {
    const one = byName.get(name);
    if (one !== undefined) return one;
    const detail = `order: there is no provider ${JSON.stringify(name.slice(0, 100))}; GET /api/v1/providers lists those there are`;
    throw new HookyardError("unprocessable", detail);
  });
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

function buildDrafts<Kind extends DefinitionKind>(
  kind: Kind,
  drafts: Body["providers"],
  scripts: LiveRegistry,
  providers?: readonly Provider[],
): Promise<readonly DefinitionOf[Kind][]> {
  return Promise.all(
    drafts.map(async ({ name, script, note: _, ...fields }) => {
      const source = script === undefined ? undefined : String(script);
      const draft = draftOf(kind, { ...fields, name: String(name) }, source, scripts);
      const { value } = await usableDraft(draft, scripts, providers);
      return value;
    }),
  );
}
