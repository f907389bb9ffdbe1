/** The kinds of messages and their frequencies: a few senders send most messages, and most of them succeed. */
import { readdirSync } from "node:fs";

export interface KindOfMessage {
  readonly status: string;
  readonly provider: string | null;
  readonly uri: string;
  readonly eventType: string | null;
  /** The function that ran; null when none did. */
  readonly function: string | null;
}

const NUMBER_OF_KINDS = 20_000;
const TEAMS = 5;
/** Times the 44 providers makes a thousand functions. */
const FUNCTIONS_OF_A_PROVIDER = 23;
const EVENT_TYPES = ["push", "created", "updated", "comment", "released", "deleted"];

/** Per thousand; the rest is `SUCCESS`. */
const STATUSES = [
  ["FAILED", 30],
  ["UNMATCHED", 40],
  ["DUPLICATE", 15],
  ["REJECTED", 10],
  ["HANDSHAKE", 1],
] as const;

const PROVIDERS = readdirSync(new URL("../../../providers/", import.meta.url)).filter(
  (name) => !name.includes(".") && !name.startsWith("_"),
);

/** A fixed pseudo-random sequence, so that two runs measure the same database. */
function* noise(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** The first of `amount` values is the most frequent, the others decreasingly so. */
const skewed = (amount: number, random: number): number =>
  Math.min(amount - 1, Math.floor((amount + 1) ** random - 1));

function statusAt(random: number): string {
  let left = random * 1000;
  for (const [status, share] of STATUSES) {
    left -= share;
    if (left < 0) return status;
  }
  return "SUCCESS";
}

function makeKinds(): readonly KindOfMessage[] {
  const source = noise();
  const next = () => source.next().value;
  return Array.from({ length: NUMBER_OF_KINDS }, () => {
    const status = statusAt(next());
    const name = PROVIDERS[skewed(PROVIDERS.length, next() ** 2)] ?? "github";
    const team = skewed(TEAMS, next());
    const number = skewed(FUNCTIONS_OF_A_PROVIDER, next() ** 2);
    const eventType = EVENT_TYPES[skewed(EVENT_TYPES.length, next())] ?? null;
    if (status === "UNMATCHED")
      return { status, provider: null, uri: `scan/${team}`, eventType: null, function: null };
    const ran = status === "SUCCESS" || status === "FAILED";
    return {
      status,
      provider: name,
      uri: `${name}/team-${team}`,
      eventType,
      function: ran ? `${name}-${number}` : null,
    };
  });
}

export const KINDS_OF_MESSAGE = makeKinds();
