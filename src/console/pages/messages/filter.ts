/** The filter of the list: as it stands in the address, as it is typed, and as the API takes it. */
import type { operations } from "../../api/description.ts";
import type { TextSearch } from "../../components/text-search.ts";

export const FILTER_NAMES = [
  "status",
  "provider",
  "function",
  "uri",
  "eventType",
  "from",
  "to",
  /** A span that ends now: `15m`, `24h`, `7d`. */
  "last",
  "resubmitted",
  /** The key of a group of failures, as the page Problems links it. */
  "problem",
  "q",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filter = TextSearch<FilterName>;

export const STATUSES = [
  "PENDING",
  "SUCCESS",
  "FAILED",
  "UNMATCHED",
  "REJECTED",
  "DUPLICATE",
  "HANDSHAKE",
] as const;

/** Names as they are typed; the first one is shown. */
const TYPED: Readonly<Record<Exclude<FilterName, "q">, readonly string[]>> = {
  status: ["status"],
  provider: ["provider"],
  function: ["function", "fn"],
  uri: ["uri"],
  eventType: ["event", "eventtype"],
  from: ["from"],
  to: ["to"],
  last: ["last"],
  resubmitted: ["resubmitted"],
  problem: ["problem"],
};

export interface ParsedFilter {
  readonly filter: Filter;
  /** What is wrong with the text and what to write instead. */
  readonly problems: readonly string[];
}

const PART = /(?:([A-Za-z]+):)?(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

/** `provider:github status:FAILED "octo/hello"`: words without a name are searched for as one text. */
export function parseFilter(text: string, now = new Date()): ParsedFilter {
  const filter: { [name in FilterName]?: string } = {};
  const problems: string[] = [];
  const words: string[] = [];
  for (const [part, name, quoted, plain = ""] of text.matchAll(PART)) {
    const value = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, "$1");
    if (name === undefined) {
      words.push(value);
      continue;
    }
    const read = readPart(part, { name, value, now });
    if ("problem" in read) problems.push(read.problem);
    else filter[read.name] = read.value;
  }
  if (words.length > 0) filter.q = words.join(" ");
  return { filter, problems };
}

const nameOf = (typed: string): Exclude<FilterName, "q"> | undefined => {
  for (const name of FILTER_NAMES)
    if (name !== "q" && TYPED[name].includes(typed.toLowerCase())) return name;
  return undefined;
};

interface Part {
  readonly name: string;
  readonly value: string;
  readonly now: Date;
}

function readPart(
  part: string,
  { name, value, now }: Part,
): { readonly name: FilterName; readonly value: string } | { readonly problem: string } {
  const known = nameOf(name);
  if (known === undefined)
    return {
      problem: `${name}: is no filter. To search for this text, put it in quotes: ${JSON.stringify(part)}`,
    };
  const read = readValue(known, value, now);
  return "problem" in read ? read : { name: known, value: read.value };
}

type Read = { readonly value: string } | { readonly problem: string };

function readValue(name: Exclude<FilterName, "q">, value: string, now: Date): Read {
  switch (name) {
    case "status":
      return readStatus(value);
    case "from":
    case "to":
      return readTime(name, value, now);
    case "last":
      return spanMs(value) === undefined
        ? { problem: `last:${value} is no span; write for example last:15m, last:24h or last:7d` }
        : { value };
    case "resubmitted":
      return /^(?:true|false)$/.test(value)
        ? { value }
        : { problem: `resubmitted:${value} is neither true nor false` };
    case "provider":
    case "function":
    case "uri":
    case "eventType":
    case "problem":
      return { value };
  }
}

function readStatus(value: string): Read {
  const upper = value.toUpperCase();
  return STATUSES.some((one) => one === upper)
    ? { value: upper }
    : { problem: `status:${value} is no status; write one of ${STATUSES.join(", ")}` };
}

/** Times are the reader's. A clock time alone is that of today. */
function readTime(name: string, value: string, now: Date): Read {
  const clock = /^(\d{1,2}):(\d\d)$/.exec(value);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(value);
  const time = new Date(isDay ? `${value}T00:00` : value);
  if (clock !== null) {
    time.setTime(now.getTime());
    time.setHours(Number(clock[1]), Number(clock[2]), 0, 0);
  }
  if (Number.isNaN(time.getTime()))
    return {
      problem: `${name}:${value} is no time; write for example ${name}:08:00, ${name}:2026-01-31 or ${name}:2026-01-31T08:00`,
    };
  return { value: time.toISOString() };
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `15m`, `24h`, `7d`; undefined if it is none of these. */
export function spanMs(span: string): number | undefined {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(span) ?? [];
  if (unit !== "m" && unit !== "h" && unit !== "d") return undefined;
  return Number(count) * UNIT_MS[unit];
}

/** The text that `parseFilter` reads as this filter. */
export function formatFilter(filter: Filter): string {
  const parts = FILTER_NAMES.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    if (name === "q") return [quoted(value)];
    const isPlain = /^[^\s"]+$/.test(value);
    return [`${TYPED[name][0]}:${isPlain ? value : quoted(value)}`];
  });
  return parts.join(" ");
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

type Query = NonNullable<operations["listMessages"]["parameters"]["query"]>;

/** What the API takes. `last` becomes a time: that many milliseconds before `now`. */
export function apiQuery(
  { last, status, resubmitted, ...texts }: Filter,
  now = Date.now(),
): Omit<Query, "limit" | "cursor"> {
  const span = last === undefined ? undefined : spanMs(last);
  const known = STATUSES.find((one) => one === status);
  return {
    ...(span === undefined ? {} : { from: new Date(now - span).toISOString() }),
    ...texts,
    ...(known === undefined ? {} : { status: known }),
    ...(resubmitted === undefined ? {} : { resubmitted: resubmitted === "true" }),
  };
}
