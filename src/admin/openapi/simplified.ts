/** Changes of generated schemas that Zod words for validators, so that readers and client generators understand them. */
import type { ZodOpenApiOverride } from "zod-openapi";

type Context = Parameters<ZodOpenApiOverride>[0];

export const simplified: ZodOpenApiOverride = (context) => {
  const { jsonSchema, zodSchema, io } = context;
  // In Zod it means that our code does not change the value; in OpenAPI, that a client must not send it.
  delete jsonSchema.readOnly;
  // The recursive schema for any JSON: client generators take it for a type that contains only itself.
  if (zodSchema._zod.def.type === "lazy")
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
  if (zodSchema._zod.def.type === "tuple") boundTuple(context);
  if (io === "input") defaultAsText(context);
  else withoutChecks(context);
};

/** JSON Schema allows fewer and more items than a tuple has. Client generators know lists of one type best. */
function boundTuple({ jsonSchema }: Context): void {
  const { prefixItems = [] } = jsonSchema;
  const { length } = prefixItems;
  const isUniform = new Set(prefixItems.map((item) => JSON.stringify(item))).size === 1;
  if (isUniform) delete jsonSchema.prefixItems;
  const items = isUniform ? prefixItems[0] : {};
  Object.assign(jsonSchema, { items, minItems: length, maxItems: length });
}

/** Client generators make a field with a default a required one, in requests too. */
function defaultAsText({ jsonSchema }: Context): void {
  if (!("default" in jsonSchema)) return;
  const { default: value, description } = jsonSchema;
  delete jsonSchema.default;
  const isPlain = typeof value !== "object" && value !== "";
  if (!isPlain) return;
  const text = `\`${String(value)}\` when left out.`;
  jsonSchema.description = description === undefined ? text : `${description} ${text}`;
}

/** A format says what the pattern beside it spells out, and a response has no absent fields to fill in. */
function withoutChecks({ jsonSchema }: Context): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  delete jsonSchema.default;
}
