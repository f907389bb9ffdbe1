/** `…/versions`: lists all versions of a provider or function, and activates earlier ones. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { DefinitionKind } from "../model/definition.ts";
import type { ScriptVersion } from "../store/scripts/script-table.ts";
import { type ChangeDeps, findChangeable, findInstalled, install } from "./definition-changes.ts";
import { listedVersion, NOUNS, schemasOf } from "./definition-schemas.ts";
import { installedOne, versionView } from "./definition-view.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const byName = z.object({ name: z.string().describe("The name of the provider or function.") });
/** A hash has twelve characters; numbers are always shorter. */
const byNumber = byName.extend({
  number: z
    .string()
    .regex(/^(?:[1-9]\d{0,8}|[0-9a-f]{12})$/, "expected the number of a version, or its hash")
    .transform((text) => (text.length === 12 ? text : Number(text)))
    .describe("The number of a version, or its hash."),
});

const usedVersion = listedVersion.extend({
  lastUsedAt: z.iso.datetime().nullable().describe("When it was last put to use; null for never."),
});

export const versionEndpoints = (kind: DefinitionKind, deps: ChangeDeps): readonly Endpoint[] => [
  list(kind, deps),
  show(kind, deps),
  activate(kind, deps),
];

/** Null for an uninstalled one, which still has versions. */
function activeVersion(kind: DefinitionKind, name: string, { scripts }: ChangeDeps) {
  return installedOne(kind, name, scripts.loaded())?.value?.script.version ?? null;
}

const list = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "get",
    path: `/${kind}s/:name/versions`,
    permission: "scripts:read",
    operationId: `list${NOUNS[kind]}Versions`,
    summary: `All versions of a ${kind}, newest first`,
    params: byName,
    answers: {
      200: {
        description: "Includes versions of an uninstalled one",
        schema: z.object({ items: z.array(usedVersion) }),
      },
    },
    handle: ({ params: { name } }) => {
      const versions = deps.store.scripts.versions(kind, name);
      if (versions.length === 0) findInstalled(kind, name, deps.scripts);
      const active = activeVersion(kind, name, deps);
      const items = versions.map((one) => ({
        ...versionView(one, active),
        lastUsedAt: one.lastUsedAt === null ? null : new Date(one.lastUsedAt).toISOString(),
      }));
      return { status: 200, body: { items } };
    },
  });

const show = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "get",
    path: `/${kind}s/:name/versions/:number`,
    permission: "scripts:read",
    operationId: `get${NOUNS[kind]}Version`,
    summary: `A version of a ${kind} with its script`,
    params: byNumber,
    answers: {
      200: {
        description: "The definition and the script of that version",
        schema: listedVersion.extend({
          definition: schemasOf[kind].definition,
          script: z.string(),
          modules: z.record(z.string(), z.string()).describe("Shared modules, source by path."),
        }),
      },
    },
    handle: ({ params: { name, number } }) => {
      const version = find(kind, name, number, deps);
      const { $schema: _, ...definition } = Object(version.file);
      const { source: script, modules } = version;
      const active = activeVersion(kind, name, deps);
      return {
        status: 200,
        body: { ...versionView(version, active), definition, script, modules },
      };
    },
  });

const activate = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "post",
    path: `/${kind}s/:name/versions/:number/activate`,
    permission: "scripts:write",
    operationId: `activate${NOUNS[kind]}Version`,
    reads: ["if-match"],
    refuses: ["conflict", "script_refused", "unprocessable"],
    summary: `Puts a version of a ${kind} to use, also of an uninstalled one`,
    params: byNumber,
    answers: {
      200: { description: "The version now in use", schema: listedVersion },
    },
    handle: async ({ params: { name, number }, caller, assertToken, header }) => {
      const version = find(kind, name, number, deps);
      await deps.scripts.change(async () => {
        if (installedOne(kind, name, deps.scripts.loaded()) !== undefined)
          findChangeable(kind, name, deps.scripts, header("if-match"));
        const { file, source } = version;
        const note = `version ${version.number} again`;
        await install({ kind, name, file, source }, { caller, assertToken, note }, deps);
      });
      const active = activeVersion(kind, name, deps);
      const used = deps.store.scripts.version(kind, name, active ?? "") ?? version;
      return { status: 200, body: versionView(used, active) };
    },
  });

function find(
  kind: DefinitionKind,
  name: string,
  number: number | string,
  { store }: ChangeDeps,
): ScriptVersion {
  const version = store.scripts.version(kind, name, number);
  if (version !== undefined) return version;
  const detail = `${kind} ${JSON.stringify(name.slice(0, 100))} has no version ${number}; GET /api/v1/${kind}s/${encodeURIComponent(name)}/versions lists them`;
  throw new HookyardError("not_found", detail);
}
