/** Reads and changes providers and functions on the server. */
import { z } from "zod";
import { parseForShow } from "../../model/exact-json.ts";
import { NAME } from "../../registry/provider-file.ts";
import { type Api, parseAnswer } from "../api.ts";
import { Failure, usage } from "../failure.ts";
import { oneLine } from "../printable.ts";
import { complete, type Definition, type Fields, type Kind, LAYOUTS } from "./definition.ts";

const PARALLEL = 8;
/** Characters shown of an invalid name. */
const SHOWN_CHARACTERS = 100;

/** The name becomes a folder name here, so a name from the server is validated too. */
const name = z.string().refine((text) => NAME.test(text), {
  error: ({ input }) =>
    `found the name ${oneLine(JSON.stringify(input), SHOWN_CHARACTERS)}, expected lower-case letters, digits and dashes, at most 63`,
});

const listed = z.looseObject({
  name,
  /** Absent for a folder that cannot be read. */
  active: z.boolean().default(false),
  source: z.enum(["file", "database"]),
  version: z.string().nullish(),
  number: z.number().nullish(),
  problem: z.string().nullish(),
  /** Fields of a provider. */
  priority: z.number().optional(),
  verification: z.string().optional(),
  verificationInForce: z.string().nullish(),
  acceptsUnverified: z.boolean().optional(),
  properties: z
    .array(
      z.looseObject({
        name: z.string(),
        secret: z.boolean().optional(),
        set: z.boolean().optional(),
        env: z.string().optional(),
      }),
    )
    .optional(),
  /** Fields of a function. */
  provider: z.string().optional(),
  uri: z.string().optional(),
});
export type Listed = z.infer<typeof listed>;

const whole = listed.extend({ script: z.string() });
export type Whole = z.infer<typeof whole>;

const page = z.looseObject({ items: z.array(listed), nextCursor: z.string().nullish() });

const versions = z.looseObject({
  items: z.array(
    z.looseObject({
      number: z.number(),
      version: z.string().optional(),
      author: z.string().nullish(),
      note: z.string().nullish(),
      createdAt: z.string(),
      active: z.boolean(),
      /** Absent on older servers. */
      lastUsedAt: z.string().nullish(),
    }),
  ),
});

const wholeVersion = z.looseObject({
  number: z.number(),
  /** Absent on older servers. */
  version: z.string().optional(),
  definition: z.looseObject({}),
  script: z.string(),
});

/** A definition with the server's response. */
export interface Remote {
  readonly definition: Definition;
  readonly answer: Whole;
  readonly source: Listed["source"];
  /** For `If-Match`, so that a change made meanwhile is not overwritten. */
  readonly etag: string | undefined;
}

const pathOf = (kind: Kind, name?: string): string =>
  `/${LAYOUTS[kind].plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;

export async function listRemote(
  api: Api,
  kind: Kind,
  signal = new AbortController().signal,
): Promise<readonly Listed[]> {
  const items: Listed[] = [];
  let cursor: string | undefined;
  do {
    const found: z.infer<typeof page> = await api.read(pathOf(kind), page, {
      query: { cursor },
      signal,
    });
    items.push(...found.items);
    cursor = found.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

/** Throws a `Failure` when there is none of that name. */
export async function readRemote(api: Api, kind: Kind, name: string): Promise<Remote> {
  const response = await api.call(pathOf(kind, name));
  const requested = whole.refine((found) => found.name === name, {
    path: ["name"],
    error: `found another ${kind} than ${name}, the requested one`,
  });
  const found = parseForShow(await response.text());
  const answer = parseAnswer(found, requested, `the server answered ${kind} ${name}`);
  return {
    definition: { kind, name, fields: complete(kind, answer), script: answer.script },
    answer,
    source: answer.source,
    etag: response.headers.get("etag") ?? undefined,
  };
}

/** Undefined when there is none of that name. */
export async function findRemote(api: Api, kind: Kind, name: string): Promise<Remote | undefined> {
  try {
    return await readRemote(api, kind, name);
  } catch (error) {
    if (error instanceof Failure && error.problem?.["status"] === 404) return undefined;
    throw error;
  }
}

/** Reads all of a kind with their scripts, a few in parallel. */
export async function readAll(api: Api, kind: Kind): Promise<readonly Remote[]> {
  const names = (await listRemote(api, kind)).map(({ name }) => name);
  const remotes: Remote[] = [];
  const queue = names.values();
  const lane = async () => {
    for (const name of queue) {
      const remote = await findRemote(api, kind, name);
      if (remote !== undefined) remotes.push(remote);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return remotes.toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
}

const noteField = (note: string | undefined) => (note === undefined ? {} : { note });

export async function create(
  api: Api,
  { kind, fields, script }: Definition,
  note?: string,
): Promise<void> {
  const body = { ...fields, script, ...noteField(note) };
  await api.call(pathOf(kind), { method: "POST", body });
}

/** Sends only the changed fields. */
export async function update(
  api: Api,
  { definition: before, etag }: Remote,
  { kind, name, fields, script }: Definition,
  note?: string,
): Promise<void> {
  const changes = {
    ...changed(before.fields, fields),
    ...(before.script === script ? {} : { script }),
    ...noteField(note),
  };
  await patch(api, { kind, name, changes, etag });
}

export async function patch(
  api: Api,
  change: {
    readonly kind: Kind;
    readonly name: string;
    readonly changes: Fields;
    readonly etag?: string | undefined;
  },
): Promise<void> {
  const headers: Readonly<Record<string, string>> =
    change.etag === undefined ? {} : { "if-match": change.etag };
  const path = pathOf(change.kind, change.name);
  await api.call(path, { method: "PATCH", body: change.changes, headers });
}

/** A removed field becomes `null`. */
function changed(before: Fields, after: Fields): Fields {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = names.filter(
    (name) => name !== "name" && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  return Object.fromEntries(differing.map((name) => [name, after[name] ?? null]));
}

export async function remove(api: Api, kind: Kind, name: string, cascade?: boolean): Promise<void> {
  await api.call(pathOf(kind, name), { method: "DELETE", query: { cascade } });
}

export const readVersions = (api: Api, kind: Kind, name: string) =>
  api.read(`${pathOf(kind, name)}/versions`, versions);

/**
 * The number of the version that a user names by its number, by `#` and its number, or by its hash or the start of it.
 */
export function numberIn(
  items: z.infer<typeof versions>["items"],
  { kind, name, which }: { readonly kind: Kind; readonly name: string; readonly which: string },
): number {
  const text = which.replace(/^#/, "");
  const exact = items.filter(({ number, version }) => String(number) === text || version === text);
  const isStart = /^[0-9a-f]{4,}$/.test(text);
  const starting = isStart ? items.filter(({ version }) => version?.startsWith(text) === true) : [];
  const found = exact.length > 0 ? exact : starting;
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.number;
  const shown = oneLine(JSON.stringify(which), SHOWN_CHARACTERS);
  const what = found.length > 1 ? `${found.length} versions that start so` : "no such version";
  throw usage(
    `${kind} ${name}: found ${what} for ${shown}, expected a number or hash of \`hookyard ${kind}s versions ${name}\``,
  );
}

export interface RemoteVersion {
  readonly number: number;
  readonly version: string | undefined;
  readonly definition: Definition;
}

export async function readVersion(
  api: Api,
  kind: Kind,
  name: string,
  which: string,
): Promise<RemoteVersion> {
  const { items } = await readVersions(api, kind, name);
  const number = numberIn(items, { kind, name, which });
  const found = await api.read(`${pathOf(kind, name)}/versions/${number}`, wholeVersion);
  const { version, definition: fields, script } = found;
  const definition = { kind, name, fields: complete(kind, fields), script };
  return { number, version, definition };
}

export async function activateVersion(
  api: Api,
  { kind, name, number }: { readonly kind: Kind; readonly name: string; readonly number: number },
): Promise<void> {
  await api.call(`${pathOf(kind, name)}/versions/${number}/activate`, { method: "POST" });
}

export async function setOrder(api: Api, names: readonly string[]): Promise<void> {
  await api.call("/providers/order", { method: "PUT", body: { names } });
}
