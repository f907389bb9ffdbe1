/** A JSON value as rows of a tree. Nothing here recurses: a sender may nest 20,000 levels. */

export interface JsonRow {
  /** As scripts write it: `event.payload.repository.name`. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly value: unknown;
  /** Undefined for a value without members. */
  readonly size: number | undefined;
}

/** More rows than anyone opens by hand. */
const MAX_ROWS = 50_000;
const MAX_FOUND = 1000;

export const ROOT_PATH = "event.payload";

const isContainer = (value: unknown): value is object =>
  typeof value === "object" && value !== null;

const rowOf = (path: string, name: string, depth: number, value: unknown): JsonRow => ({
  path,
  name,
  depth,
  value,
  size: isContainer(value) ? Object.keys(value).length : undefined,
});

function membersOf({ path, depth, value }: JsonRow): readonly JsonRow[] {
  if (!isContainer(value)) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).map(([name, member]) =>
    rowOf(isList ? `${path}[${name}]` : `${path}${step(name)}`, name, depth + 1, member),
  );
}

const step = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;

/** The rows of `value` with the members of those that are open. */
export function visibleRows(value: unknown, isOpen: (row: JsonRow) => boolean): readonly JsonRow[] {
  return walk(value, isOpen, () => true, MAX_ROWS);
}

/** The rows whose name or value holds the text, letter case ignored. */
export function foundRows(value: unknown, text: string): readonly JsonRow[] {
  const wanted = text.toLowerCase();
  const fits = ({ name, value: one, size }: JsonRow) =>
    name.toLowerCase().includes(wanted) ||
    (size === undefined && String(one).toLowerCase().includes(wanted));
  return walk(value, () => true, fits, MAX_FOUND);
}

function walk(
  value: unknown,
  isOpen: (row: JsonRow) => boolean,
  fits: (row: JsonRow) => boolean,
  most: number,
): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  const stack: JsonRow[] = [rowOf(ROOT_PATH, "payload", 0, value)];
  for (let row = stack.pop(); row !== undefined && rows.length < most; row = stack.pop()) {
    if (fits(row)) rows.push(row);
    if (row.size !== undefined && isOpen(row))
      for (const one of membersOf(row).toReversed()) stack.push(one);
  }
  return rows;
}

/** Open at the start: the first two levels, unless they are long. */
export const isOpenAtFirst = ({ depth, size = 0 }: JsonRow): boolean =>
  depth === 0 ? size <= 200 : depth === 1 && size <= 20;

/** Characters of a text in a row. */
const MAX_TEXT = 500;

export function valueText({ value, size }: JsonRow): string {
  if (size !== undefined) return Array.isArray(value) ? `[ ${size} ]` : `{ ${size} }`;
  const text = JSON.stringify(typeof value === "string" ? value.slice(0, MAX_TEXT) : value) ?? "";
  return typeof value === "string" && value.length > MAX_TEXT ? `${text} …` : text;
}
