/** Values that a JSON schema allows, and values that it does not. */
import fc from "fast-check";
import type { Description, Schema } from "./description.ts";

/** Values that mean something to the server under test, by the name of the parameter or field. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

/** Longer lists and texts would find no more. */
const MOST = 3;

export class Values {
  readonly #description: Description;
  readonly #known: KnownValues;

  constructor(description: Description, known: KnownValues) {
    this.#description = description;
    this.#known = known;
  }

  allowed(schema: Schema, name = ""): fc.Arbitrary<unknown> {
    return this.#some(schema, name).filter((value) => this.#description.allows(schema, value));
  }

  /** An allowed value with one thing wrong somewhere inside. */
  refused(schema: Schema): fc.Arbitrary<unknown> {
    return fc
      .tuple(this.allowed(schema), fc.nat(), fc.constantFrom(...ODD))
      .map(([value, place, odd]) => spoiled(value, place, odd))
      .filter((value) => !this.#description.allows(schema, value));
  }

  /** Nearly all are allowed: what the keywords of a schema say together is for `allowed` to check. */
  #some(schema: Schema, name = ""): fc.Arbitrary<unknown> {
    const made = this.#made(this.#description.resolved(schema));
    const all = this.#known[name] ?? [];
    const known = all.filter((value) => this.#description.allows(schema, value));
    if (known.length === 0) return made;
    return fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...known) },
      { weight: 1, arbitrary: made },
    );
  }

  #made(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.type === "object") return this.#object(schema);
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches !== undefined) return fc.oneof(...branches.map((one) => this.#some(one)));
    const types = [schema.type ?? []].flat();
    if (types.length === 0)
      return schema.not === undefined ? fc.jsonValue({ maxDepth: 2 }) : fc.constant(undefined);
    return fc.oneof(...types.map((type) => this.#ofType(type, schema)));
  }

  #ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
    const { minimum: min = -1e6, maximum: max = 1e6, minItems = 0, maxItems = MOST } = schema;
    switch (type) {
      case "string":
        return text(schema);
      case "integer":
        return fc.oneof(fc.integer({ min, max: Math.min(max, min + 100) }), fc.constant(max));
      case "number":
        return fc.double({ min, max, noNaN: true });
      case "boolean":
        return fc.boolean();
      case "array": {
        const bounds = {
          minLength: minItems,
          maxLength: Math.max(minItems, Math.min(maxItems, MOST)),
        };
        return fc.array(this.#some(schema.items ?? {}), bounds);
      }
      case "object":
        return this.#object(schema);
      default:
        return fc.constant(null);
    }
  }

  #object(schema: Schema): fc.Arbitrary<unknown> {
    const { properties = {}, additionalProperties, propertyNames = {} } = schema;
    const values = Object.entries(properties).map(
      ([name, one]) => [name, this.#some(one, name)] as const,
    );
    const model = Object.fromEntries(values.filter(([name]) => !isNever(properties[name])));
    const ways = waysOf(schema);
    const objects = ways.map(({ needed, without }) => {
      const kept = Object.fromEntries(
        Object.entries(model).filter(([name]) => !without.includes(name)),
      );
      return fc.record(kept, { requiredKeys: needed.filter((name) => name in kept) });
    });
    const fixed = fc.oneof(...objects);
    if (typeof additionalProperties !== "object") return fixed;
    const key = this.#some({ type: "string", ...propertyNames });
    const further = fc.dictionary(key.map(String), this.#some(additionalProperties), {
      maxKeys: MOST,
    });
    return fc.tuple(fixed, further).map(([one, other]) => ({ ...other, ...one }));
  }
}

const isNever = (schema: Schema | undefined) =>
  schema?.not !== undefined && schema.type === undefined;

interface Way {
  readonly needed: readonly string[];
  readonly without: readonly string[];
}

/** Which fields an object needs and may not have, for each choice that `oneOf` and `anyOf` leave. */
function waysOf({ required = [], oneOf, anyOf, allOf = [] }: Schema): readonly Way[] {
  const choices = [oneOf, ...allOf.map((one) => one.oneOf)].filter((one) => one !== undefined);
  const keysOf = (branch: Schema) => branch.required ?? [];
  const start: readonly Way[] = (anyOf ?? [{}]).map((branch) => ({
    needed: [...required, ...keysOf(branch)],
    without: [],
  }));
  return choices.reduce<readonly Way[]>(
    (ways, branches) =>
      ways.flatMap(({ needed, without }) =>
        branches.map((branch) => ({
          needed: [...needed, ...keysOf(branch)],
          without: [...without, ...branches.filter((one) => one !== branch).flatMap(keysOf)],
        })),
      ),
    start,
  );
}

function text({ format, pattern, minLength = 0, maxLength = Number.MAX_SAFE_INTEGER }: Schema) {
  if (format === "uuid") return fc.uuid();
  if (format === "date-time")
    return fc
      .date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const short = fc.string({ minLength, maxLength: Math.min(maxLength, 12), unit: "binary" });
  // Characters beyond U+FFFF: JSON Schema counts each as one.
  if (maxLength > 1000) return short;
  return fc.oneof(
    { weight: 9, arbitrary: short },
    { weight: 1, arbitrary: fc.constant("😀".repeat(maxLength)) },
  );
}

/** What is allowed in few places. */
const ODD = [null, true, -1, 1.5, 1e300, "", "\u0000", [], {}, [[]], { unknown: 1 }] as const;

/** `value` with `odd` in place of one of its parts, or with an unknown key, or without a key. */
function spoiled(value: unknown, place: number, odd: unknown): unknown {
  if (typeof value !== "object" || value === null || place % 4 === 0) return odd;
  const keys = Object.keys(value);
  const key = keys[place % keys.length];
  if (Array.isArray(value))
    return value.map((one, at) => (String(at) === key ? spoiled(one, place >> 2, odd) : one));
  if (key === undefined || place % 4 === 1) return { ...value, unknown: odd };
  if (place % 4 === 2)
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return { ...value, [key]: spoiled(Reflect.get(value, key), place >> 2, odd) };
}
