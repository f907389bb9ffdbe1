/** `DELETE /api/v1/providers/:name` and `/functions/:name`. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { DefinitionKind } from "../model/definition.ts";
import { type ChangeDeps, findChangeable } from "./definition-changes.ts";
import { NOUNS } from "./definition-schemas.ts";
import { installedOf } from "./definition-view.ts";
import { endpoint } from "./endpoint.ts";
import { queryBoolean } from "./query-values.ts";

const byName = z.object({ name: z.string().describe("The name of the provider or function.") });

const cascadeQuery = z.strictObject({
  cascade: queryBoolean
    .optional()
    .describe("`true` deletes the functions of a provider with it; without it they keep it."),
});

const noQuery = cascadeQuery.omit({ cascade: true });

export const removal = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "delete",
    path: `/${kind}s/:name`,
    permission: "scripts:write",
    operationId: `delete${NOUNS[kind]}`,
    reads: ["if-match"],
    refuses: ["conflict"],
    summary: `Uninstalls a ${kind}; its versions and messages stay`,
    params: byName,
    query: kind === "provider" ? cascadeQuery : noQuery,
    answers: { 204: { description: "It is no longer used" } },
    handle: async ({ params: { name }, query, ...call }) => {
      const { caller, assertToken, header } = call;
      await deps.scripts.change(async () => {
        findChangeable(kind, name, deps.scripts, header("if-match"));
        const cascade = "cascade" in query && query["cascade"] === true;
        const functions = kind === "provider" ? removableFunctions(name, cascade, deps) : [];
        assertToken();
        const removed = { by: caller.name, at: deps.now() };
        const removing = functions.map((one) => ({ kind: "function" as const, name: one }));
        await deps.store.scripts.remove([...removing, { kind, name }], removed);
      });
      return { status: 204 };
    },
  });

/** Names of the provider's functions. Throws `conflict` for functions that would be left without their provider. */
function removableFunctions(
  provider: string,
  cascade: boolean,
  { scripts }: ChangeDeps,
): readonly string[] {
  const functions = installedOf("function", scripts.loaded()).filter(
    ({ parts, running }) => (parts ?? running)?.file.provider === provider,
  );
  const namesOf = (some: typeof functions) => some.map(({ name }) => name).join(", ");
  const inFiles = functions.filter(({ origin }) => origin === "file");
  const found = `provider ${provider} has functions, which could not run without it`;
  if (inFiles.length > 0) {
    const detail = `${found}: ${namesOf(inFiles)} stand in files, which the API does not change: move their folders away first`;
    throw new HookyardError("conflict", detail);
  }
  if (functions.length > 0 && !cascade) {
    const detail = `${found}: ${namesOf(functions)}. Delete them first, or delete them with it: DELETE /api/v1/providers/${provider}?cascade=true, \`hookyard providers delete ${provider} --cascade\``;
    throw new HookyardError("conflict", detail);
  }
  return functions.map(({ name }) => name);
}
