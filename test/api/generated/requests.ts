/** Requests of one call: as the description allows them, and with one thing wrong. */
import fc from "fast-check";
import type { Call, Description, Parameter } from "./description.ts";
import type { Values } from "./values.ts";

export interface GeneratedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body?: string;
}

/** A path cannot hold these: URLs are resolved before they are sent. */
const NO_SEGMENT = new Set(["", ".", ".."]);

type Parts = Readonly<Record<"path" | "query", Readonly<Record<string, unknown>>>> & {
  readonly body: string | undefined;
};

export const allowedRequests = (call: Call, values: Values): fc.Arbitrary<GeneratedRequest> =>
  allowedParts(call, values).map((parts) => requestOf(call, parts));

/** Undefined if the call has nothing that could be wrong. */
export function refusedRequests(
  call: Call,
  values: Values,
  description: Description,
): fc.Arbitrary<GeneratedRequest> | undefined {
  const ways = [wrongQueries(call, description), wrongBodies(call, values)].filter(
    (one) => one !== undefined,
  );
  if (ways.length === 0) return undefined;
  return fc
    .tuple(allowedParts(call, values), fc.oneof(...ways))
    .map(([parts, { query = {}, ...body }]) =>
      requestOf(call, { ...parts, query: { ...parts.query, ...query }, ...body }),
    );
}

const allowedParts = (call: Call, values: Values): fc.Arbitrary<Parts> =>
  fc
    .record({
      path: given(call, "path", values),
      query: given(call, "query", values),
      body: bodyOf(call, values),
    })
    .filter(({ path }) => Object.values(path).every((value) => !NO_SEGMENT.has(String(value))));

type Wrong = fc.Arbitrary<Partial<Omit<Parts, "path">>>;

const WRONG = [
  ["", "x", "-1", "1.5", "0x10", "1e1", "TRUE", "yes", "null"],
  ["2026-02-30T00:00:00Z", "999999999999999999"],
].flat();

/** Public pages ignore parameters that they do not know. */
function wrongQueries(
  { parameters, needsToken }: Call,
  description: Description,
): Wrong | undefined {
  const wrong = parameters
    .filter((one) => one.in === "query")
    .flatMap(({ name, schema }) =>
      WRONG.filter((text) =>
        meanings(text).every((meaning) => !description.allows(schema, meaning)),
      ).map((text) => ({ [name]: text })),
    );
  const queries = needsToken ? [{ "unknown-parameter": "1" }, ...wrong] : wrong;
  return queries.length === 0 ? undefined : fc.constantFrom(...queries).map((query) => ({ query }));
}

function wrongBodies({ body: schema, isBodyRequired }: Call, values: Values): Wrong | undefined {
  if (schema === undefined) return undefined;
  const wrong = values.refused(schema).map((value) => ({ body: JSON.stringify(value) }));
  if (!isBodyRequired) return wrong;
  const none = fc.constant({ body: undefined });
  return fc.oneof({ weight: 9, arbitrary: wrong }, { weight: 1, arbitrary: none });
}

/** What a text in a query can stand for. */
const meanings = (text: string): readonly unknown[] =>
  /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(text) ? [text, JSON.parse(text)] : [text];

function given(call: Call, where: Parameter["in"], values: Values) {
  const some = call.parameters.filter((one) => one.in === where);
  const model = Object.fromEntries(
    some.map(({ name, schema }) => [name, values.allowed(schema, name)] as const),
  );
  const requiredKeys = some.filter(({ required }) => required === true).map(({ name }) => name);
  return fc.record<Record<string, unknown>, string>(model, { requiredKeys });
}

function bodyOf({ body, isBodyRequired, examples }: Call, values: Values) {
  if (body === undefined) return fc.constant(undefined);
  const made = fc.oneof(
    { weight: 4, arbitrary: values.allowed(body) },
    ...(examples.length === 0
      ? []
      : [{ weight: 1, arbitrary: fc.constantFrom<unknown>(...examples) }]),
  );
  const texts = made.map((value) => JSON.stringify(value));
  return isBodyRequired ? texts : fc.option(texts, { nil: undefined });
}

function requestOf(
  { method, path: template }: Call,
  { path, query, body }: Parts,
): GeneratedRequest {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.append(name, String(value));
  return {
    method,
    path: search.size === 0 ? filled : `${filled}?${search}`,
    ...(body === undefined ? {} : { body }),
  };
}
