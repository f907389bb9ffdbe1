/** Describes why a value does not meet a schema, one line per problem, with the keys that are known there. */
import { z } from "zod";
import { nearestName } from "./nearest-name.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A list of a million wrong values has a million problems. */
const MAX_LINES = 50;

/** `schema` is the one that `error` comes from; it supplies the known keys. */
export function describeSchemaProblems(error: z.ZodError, schema: z.ZodType): string {
  const lines = error.issues.flatMap((issue) => linesOf(issue, schema, []));
  const hidden = lines.length - MAX_LINES;
  if (hidden <= 0) return lines.join("\n");
  return [...lines.slice(0, MAX_LINES), `and ${hidden} more problems`].join("\n");
}

function linesOf(issue: Issue, schema: z.ZodType, above: Path): readonly string[] {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    const likeliest = likeliestBranch(issue.errors);
    if (likeliest !== undefined) return likeliest.flatMap((one) => linesOf(one, schema, path));
  }
  // A key of a record: the issue's own issues have the expected value.
  if (issue.code === "invalid_key" && issue.issues.length > 0)
    return issue.issues.flatMap((one) => linesOf({ ...one, path: [] }, schema, path));
  const place = path.length === 0 ? "" : `${pathText(path)}: `;
  const expected = issue.code === "unrecognized_keys" ? knownKeys(issue.keys, schema, path) : "";
  return [`${place}${issue.message.replace(/^Invalid (?:input|option): /, "")}${expected}`];
}

/** The branch of a union that is nearest to the value: the one with the deepest problem. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depthOf = (issues: readonly Issue[]) =>
    issues.reduce(
      (deepest, { code, path }) =>
        Math.max(deepest, path.length + Number(code === "unrecognized_keys")),
      0,
    );
  const [deepest] = branches
    .filter((issues) => issues.length > 0 && depthOf(issues) > 0)
    .toSorted((a, b) => depthOf(b) - depthOf(a));
  return deepest;
}

const pathText = (path: Path): string => path.map(String).join(".");

function knownKeys(found: readonly string[], schema: z.ZodType, path: Path): string {
  const known = keysAt(schema, path);
  if (known.length === 0) return "; expected no keys";
  const nearest = found.flatMap((key) => nearestName(key, known) ?? []);
  const meant = nearest.length === 0 ? "" : ` (did you mean ${nearest.join(", ")}?)`;
  return `; expected only ${known.join(", ")}${meant}`;
}

/** The keys that the objects at `path` may have. */
function keysAt(schema: z.core.$ZodType, [step, ...rest]: Path): readonly string[] {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodUnion)
    return [
      ...new Set(
        plain.options.flatMap((one) => keysAt(one, step === undefined ? [] : [step, ...rest])),
      ),
    ];
  if (step === undefined) return plain instanceof z.ZodObject ? Object.keys(plain.shape) : [];
  if (plain instanceof z.ZodArray) return keysAt(plain.element, rest);
  if (plain instanceof z.ZodRecord) return keysAt(plain.valueType, rest);
  const field: unknown = plain instanceof z.ZodObject ? plain.shape[String(step)] : undefined;
  return field instanceof z.ZodType ? keysAt(field, rest) : [];
}

/** The schema inside wrappers such as defaults, `optional` and `nullable`. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in);
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}
