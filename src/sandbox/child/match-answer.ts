/** What becomes of one asking of a match script in the report to main: positions in the script as written, secrets masked. */

import type { MatchDone } from "../wire/guest-posts.ts";
import type { ChildProvider, Fault, MatchEntry } from "../wire/protocol.ts";
import { MAX_WHOLE_BYTES, MAX_WHOLE_VALUES } from "./excerpt/payload-excerpt.ts";
import { makeFault, type RawFault } from "./fault.ts";
import type { EntryFailure } from "./guest-context.ts";
import type { Mask } from "./mask.ts";
import { leavingDetails, leavingEntry, type MatchDetails } from "./match-leaving.ts";
import type { MatchPosts } from "./match-posts.ts";
import type { Spelling } from "./spelling.ts";

/** How one entry into the isolate of a match script went. */
export interface Asked {
  readonly posts: MatchPosts;
  /** Undefined when the script has not settled. */
  readonly said: MatchDone | undefined;
  readonly failure: EntryFailure | undefined;
  /** What was too large of the body when the script got an excerpt of the payload. */
  readonly excess: string | undefined;
  /** Of all its steps. */
  readonly durationMs: number;
}

/** Its texts are kept as they are until the last script was asked: only then it is known which headers prove the sender. */
export interface MatchAnswer {
  readonly matched: boolean;
  readonly leave: (maskWith: MaskWith) => LeavingAnswer;
}

/** A mask for the secrets of a script together with the values of the secret headers of the message. */
export type MaskWith = (spellings: readonly Spelling[]) => Mask;

export interface LeavingAnswer {
  readonly entry: MatchEntry;
  readonly details: MatchDetails;
}

export interface Asker {
  readonly provider: number;
  readonly script: ChildProvider;
  /** Of the secrets of this script: no other script can write in its log. */
  readonly spellings: readonly Spelling[];
}

/** A "no" because of a fault. `asked` is undefined when the script could not even be loaded. */
export function refusal(asker: Asker, fault: RawFault, asked?: Asked): MatchAnswer {
  const { provider, script, spellings } = asker;
  const { posts, durationMs = 0, excess } = asked ?? {};
  const warning = warningOf(truncation(excess));
  const leave = (maskWith: MaskWith) => {
    const mask = maskWith(spellings);
    const error = makeFault(fault.kind, fault, script, mask);
    return {
      entry: { provider, matched: false, durationMs, ...warning, error, ...logsOf(posts, mask) },
      details: {},
    };
  };
  return { matched: false, leave };
}

/** `failure` is a promise that was rejected after the script had settled, which changes nothing of what it said. */
export function toAnswer(
  asker: Asker,
  said: MatchDone,
  { posts, failure, excess, durationMs }: Asked,
): MatchAnswer {
  const { provider, script, spellings } = asker;
  const { entry: own, verdict, ...details } = said;
  const isBare = !own.matched && own.error === undefined && own.warning === undefined;
  if (isBare && posts.log === undefined && failure === undefined && excess === undefined)
    return { matched: false, leave: () => bareNo(provider, durationMs) };
  const leave = (maskWith: MaskWith) => {
    const mask = maskWith(spellings);
    const entry = {
      provider,
      ...placed(own, script, mask),
      ...warningOf(truncation(excess), own.warning ?? rejection(failure)),
      durationMs,
      ...logsOf(posts, mask),
    };
    const verified = verdict === undefined ? {} : { verdict: placed(verdict, script, mask) };
    return {
      entry: leavingEntry(entry, mask),
      details: leavingDetails({ ...details, ...verified }, mask),
    };
  };
  return { matched: own.matched, leave };
}

const bareNo = (provider: number, durationMs: number): LeavingAnswer => ({
  entry: { provider, matched: false, durationMs },
  details: {},
});

function logsOf(posts: MatchPosts | undefined, mask: Mask): Pick<MatchEntry, "logs"> {
  const lines = posts?.log?.lines(mask) ?? [];
  return lines.length === 0 ? {} : { logs: [...lines] };
}

const rejection = (failure: EntryFailure | undefined): string | undefined =>
  failure && `a promise was rejected and nobody waited for it: ${failure.thrown.message}`;

const truncation = (excess: string | undefined): string | undefined =>
  excess &&
  `event.payload was an excerpt, as the body ${excess}: match scripts get the whole payload of up to ${MAX_WHOLE_BYTES} bytes and ${MAX_WHOLE_VALUES} values. Decide by event.headers or event.rawBody, or with "when" in provider.json`;

function warningOf(...warnings: readonly (string | undefined)[]) {
  const given = warnings.filter((one) => one !== undefined);
  return given.length === 0 ? {} : { warning: given.join("; ") };
}

function placed<T extends { error?: Fault | undefined }>(
  said: T,
  script: ChildProvider,
  mask: Mask,
): T {
  const { error } = said;
  if (error === undefined) return said;
  const thrown = { ...error, stack: error.stack ?? "" };
  return { ...said, error: makeFault(error.kind, thrown, script, mask) };
}
