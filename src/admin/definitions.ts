/** `/api/v1/providers` and `/api/v1/functions`: shows installed definitions, and changes the ones in the database. */
import { z } from "zod";
import { HookyardError } from "../errors.ts";
import type { DefinitionKind } from "../model/definition.ts";
import { type Caller, may } from "../model/permission.ts";
import {
  type ChangeDeps,
  etagOf,
  findChangeable,
  findInstalled,
  install,
  withChanges,
} from "./definition-changes.ts";
import { removal } from "./definition-removal.ts";
import { changedDefinition, NOUNS, schemasOf } from "./definition-schemas.ts";
import {
  type AnyInstalled,
  definitionView,
  installedOf,
  installedOne,
  shownParts,
  stateView,
  verifyingView,
} from "./definition-view.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { versionEndpoints } from "./script-versions.ts";

const byName = z.object({ name: z.string().describe("The name of the provider or function.") });

export const definitionEndpoints = (
  kind: DefinitionKind,
  deps: ChangeDeps,
): readonly Endpoint[] => [
  listAll(kind, deps),
  showOne(kind, deps),
  create(kind, deps),
  patch(kind, deps),
  removal(kind, deps),
  ...versionEndpoints(kind, deps),
];

const detailedView = (one: AnyInstalled, deps: ChangeDeps) => ({
  ...definitionView(one, verifyingView(deps)),
  script: shownParts(one)?.source ?? "",
});

/** Without `scripts:read` the caller gets only the state after the change. */
const viewFor = (caller: Caller, one: AnyInstalled, deps: ChangeDeps) =>
  may(caller, "scripts:read") ? detailedView(one, deps) : stateView(one);

interface ChangeTarget {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly caller: Caller;
}

const answerWith = <Status extends 200 | 201>(
  status: Status,
  { kind, name, caller }: ChangeTarget,
  deps: ChangeDeps,
) => {
  const one = findInstalled(kind, name, deps.scripts);
  return {
    status,
    headers: {
      etag: etagOf(one.value?.script.version ?? ""),
      ...(status === 201 ? { location: `/api/v1/${kind}s/${name}` } : {}),
    },
    // The body type differs per kind, and this code serves both.
    body: viewFor(caller, one, deps) as never,
  };
};

const EXAMPLES = {
  provider: {
    create: {
      name: "acme",
      priority: 10,
      when: { headers: { "x-acme-event": true } },
      script: 'export default (event) => event.headers["x-acme-event"] !== undefined;',
    },
    patch: { priority: 20, note: "after the others" },
  },
  function: {
    create: {
      name: "greet",
      provider: "acme",
      uri: "acme/:team",
      script: 'export default (event) => "hello " + event.params.team;',
    },
    patch: { active: false, note: "until the server is back" },
  },
} as const;

const IN_PART = "Without `scripts:read` only its state.";

const changed = (kind: DefinitionKind) => z.union([schemasOf[kind].shown, changedDefinition]);

const listAll = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "get",
    path: `/${kind}s`,
    permission: "scripts:read",
    operationId: `list${NOUNS[kind]}s`,
    summary: `All ${kind}s, by name`,
    answers: {
      200: {
        description: "All installed ones, without their scripts",
        schema: z.object({ items: z.array(schemasOf[kind].listed as z.ZodType) }),
      },
    },
    handle: () => {
      const verifying = verifyingView(deps);
      const all = installedOf(kind, deps.scripts.loaded());
      return { status: 200, body: { items: all.map((one) => definitionView(one, verifying)) } };
    },
  });

const showOne = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "get",
    path: `/${kind}s/:name`,
    permission: "scripts:read",
    operationId: `get${NOUNS[kind]}`,
    summary: `A ${kind} with its script`,
    params: byName,
    answers: {
      200: { description: "The definition and the script", schema: schemasOf[kind].shown },
    },
    handle: ({ params: { name }, caller }) => answerWith(200, { kind, name, caller }, deps),
  });

const create = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "post",
    path: `/${kind}s`,
    permission: "scripts:write",
    operationId: `create${NOUNS[kind]}`,
    refuses: ["conflict", "script_refused"],
    summary: `A new ${kind}, kept in the database`,
    body: schemasOf[kind].create as z.ZodType<Record<string, unknown>>,
    examples: { "a new one": EXAMPLES[kind].create },
    maxBodyBytes: 4 * 1024 * 1024,
    answers: {
      201: {
        description: `It is in use from the next message on. ${IN_PART}`,
        schema: changed(kind),
      },
    },
    handle: async ({ body, caller, assertToken }) => {
      const { script, note, ...file } = body;
      const name = String(file["name"]);
      await deps.scripts.change(async () => {
        assertFree(kind, name, deps);
        const draft = { kind, name, file, source: String(script) };
        await install(draft, { caller, assertToken, note: noteOf(note) }, deps);
      });
      return answerWith(201, { kind, name, caller }, deps);
    },
  });

function assertFree(kind: DefinitionKind, name: string, { scripts }: ChangeDeps): void {
  const existing = installedOne(kind, name, scripts.loaded());
  if (existing === undefined) return;
  const remedy =
    existing.origin === "file"
      ? `in files (${existing.parts?.filePath ?? name}), which have the last word: choose another name, or move the folder away`
      : `already: PATCH /api/v1/${kind}s/${name} changes it`;
  throw new HookyardError("conflict", `there is a ${kind} ${name} ${remedy}`);
}

const patch = (kind: DefinitionKind, deps: ChangeDeps) =>
  endpoint({
    method: "patch",
    path: `/${kind}s/:name`,
    permission: "scripts:write",
    operationId: `update${NOUNS[kind]}`,
    reads: ["if-match"],
    refuses: ["conflict", "script_refused"],
    summary: `Changes some fields of a ${kind}, as a new version`,
    params: byName,
    body: schemasOf[kind].patch,
    examples: { "some fields": EXAMPLES[kind].patch },
    maxBodyBytes: 4 * 1024 * 1024,
    answers: { 200: { description: `The version now in use. ${IN_PART}`, schema: changed(kind) } },
    handle: async ({ params: { name }, body, caller, assertToken, header }) => {
      const { script, note, ...fields } = body;
      if (fields["name"] !== undefined && fields["name"] !== name) {
        const detail = `name: found ${JSON.stringify(fields["name"])}, expected ${JSON.stringify(name)}: messages refer to the name, so it cannot change; POST a new ${kind} instead`;
        throw new HookyardError("unprocessable", detail);
      }
      await deps.scripts.change(async () => {
        const expected = header("if-match");
        const { parts } = findChangeable(kind, name, deps.scripts, expected);
        const file = withChanges(parts?.file, fields);
        const source = script === undefined ? (parts?.source ?? "") : String(script);
        const change = { caller, assertToken, note: noteOf(note) };
        await install({ kind, name, file, source }, change, deps);
      });
      return answerWith(200, { kind, name, caller }, deps);
    },
  });

const noteOf = (note: unknown): string | null => (typeof note === "string" ? note : null);
