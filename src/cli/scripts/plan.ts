/**
 * Plans the changes that make the server equal to a folder. Equal definitions need no change, so a push can be
 * repeated.
 */
import { z } from "zod";
import type { Api } from "../api.ts";
import { remark } from "../print.ts";
import {
  type Definition,
  isSame,
  KINDS,
  type Kind,
  variablesOf,
  withoutVariables,
} from "./definition.ts";
import { create, type Remote, readAll, remove, update } from "./remote.ts";

export type Action = "create" | "update" | "delete" | "unchanged" | "refused";

export interface Step {
  readonly action: Action;
  readonly kind: Kind;
  readonly name: string;
  /** The definition in the folder, as the server takes it. */
  readonly local: Definition | undefined;
  /** The definition on the server. */
  readonly remote: Remote | undefined;
  /** Environment variables that the folder names and the server's database does not take. */
  readonly variables?: readonly string[];
}

/**
 * Ordered so that each step works: providers before their functions, and the reverse for deletions. Definitions in
 * files of the server are skipped when they are equal or not in the folder, and `refused` when they differ.
 */
export async function planOf(
  api: Api,
  local: readonly Definition[],
  { prune }: { readonly prune: boolean },
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const deletions: Step[] = [];
  for (const kind of KINDS) {
    const remotes = new Map(
      (await readAll(api, kind)).map((one) => [one.definition.name, one] as const),
    );
    for (const definition of local.filter((one) => one.kind === kind)) {
      steps.push(stepOf(definition, remotes.get(definition.name)));
      remotes.delete(definition.name);
    }
    for (const [name, remote] of remotes)
      if (prune && remote.source === "database")
        deletions.unshift({ action: "delete", kind, name, local: undefined, remote });
  }
  return [...steps, ...deletions];
}

export function stepOf(given: Definition, remote: Remote | undefined): Step {
  const { kind, name } = given;
  const local = remote?.source === "file" ? given : withoutVariables(given);
  const action = actionFor(local, remote);
  return { action, kind, name, local, remote, variables: variablesOf(given) };
}

function actionFor(local: Definition, remote: Remote | undefined): Action {
  if (remote === undefined) return "create";
  const { definition, source } = remote;
  if (isSame(local, source === "file" ? definition : withoutVariables(definition)))
    return "unchanged";
  return remote.source === "file" ? "refused" : "update";
}

export async function perform(api: Api, step: Step, note?: string): Promise<void> {
  const { action, kind, name, local, remote, variables = [] } = step;
  if (variables.length > 0 && (action === "create" || action === "update"))
    remark(
      `${kind} ${name}: ${variables.join(", ")} is not pushed, because only files of the server name variables. Set the values with \`hookyard secret set ${name} <property>\`.`,
    );
  if (action === "create" && local !== undefined) await create(api, local, note);
  if (action === "update" && local !== undefined && remote !== undefined)
    await update(api, remote, local, note);
  if (action === "delete") await remove(api, kind, name);
}

/** Drafts per call: the server accepts 200, and limits the body. */
const CHECKED_AT_ONCE = 50;

/**
 * Throws a `Failure` if the server would refuse a step. Functions are checked together with their providers, which may
 * be new as well.
 */
export async function checkSteps(api: Api, steps: readonly Step[]): Promise<void> {
  const drafts = steps.flatMap(({ action, local }) =>
    local !== undefined && (action === "create" || action === "update") ? [local] : [],
  );
  const providers = drafts.filter(({ kind }) => kind === "provider");
  const functions = drafts.filter(({ kind }) => kind === "function");
  for (const some of inChunks(providers)) await check(api, some, []);
  for (const some of inChunks(functions)) {
    const named = new Set(some.map(({ fields }) => fields["provider"]));
    await check(
      api,
      providers.filter(({ name }) => named.has(name)),
      some,
    );
  }
}

const inChunks = (all: readonly Definition[]): readonly (readonly Definition[])[] =>
  Array.from({ length: Math.ceil(all.length / CHECKED_AT_ONCE) }, (_, at) =>
    all.slice(at * CHECKED_AT_ONCE, (at + 1) * CHECKED_AT_ONCE),
  );

async function check(
  api: Api,
  providers: readonly Definition[],
  functions: readonly Definition[],
): Promise<void> {
  const drafts = (all: readonly Definition[]) =>
    all.map(({ fields, script }) => ({ ...fields, script }));
  const body = { providers: drafts(providers), functions: drafts(functions), last: 0 };
  await api.read("/backtests", z.looseObject({}), { method: "POST", body });
}
