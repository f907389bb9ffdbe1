/** The result of one match script for the report to main: positions in the script as written, secrets masked. */

import type { MatchDone, RawFault } from "../wire/guest-posts.ts";
import type { ChildProvider, Fault, MatchEntry, MatchTask } from "../wire/protocol.ts";
import type { EntryFailure } from "./entry-failure.ts";
import { MAX_WHOLE_BYTES, MAX_WHOLE_VALUES } from "./excerpt/payload-excerpt.ts";
import { makeFault } from "./fault.ts";
import type { Mask } from "./mask.ts";
import type { MatchPosts } from "./match-posts.ts";
import { type MatchDetails, outgoingDetails, outgoingEntry } from "./outgoing-match.ts";
import type { Spelling } from "./spelling.ts";

/** How one entry into the isolate of a match script ended. */
export interface MatchRun {
  readonly posts: MatchPosts;
  /** Undefined when the script has not settled. */
  readonly report: MatchDone | undefined;
  readonly failure: EntryFailure | undefined;
  /** Why the script got an excerpt of the payload, if it did: "has 2097152 bytes". */
  readonly excess: string | undefined;
  /** The duration of all steps together. */
  readonly durationMs: number;
}

/**
 * A result with its texts unmasked. They are masked after the last script ran: only then it is known which headers
 * prove the sender.
 */
export interface MatchResult {
  readonly matched: boolean;
  readonly mask: (maskWith: MaskWith) => MaskedResult;
}

/** Creates a mask for the secrets of a script and the values of the message's secret headers. */
export type MaskWith = (spellings: readonly Spelling[]) => Mask;

export interface MaskedResult {
  readonly entry: MatchEntry;
  readonly details: MatchDetails;
}

export interface ProviderScript {
  readonly provider: number;
  readonly script: ChildProvider;
  /** The secrets of this script; no other script can write to its log. */
  readonly spellings: readonly Spelling[];
}

/** A "no" because of a fault. `run` is undefined when the script could not be loaded. */
export function failedResult(
  providerScript: ProviderScript,
  fault: RawFault,
  run?: MatchRun,
): MatchResult {
  const { provider, script, spellings } = providerScript;
  const { posts, durationMs = 0, excess } = run ?? {};
  const warning = warningField(excerptWarning(excess));
  const maskResult = (maskWith: MaskWith) => {
    const mask = maskWith(spellings);
    const error = makeFault(fault.kind, fault, script, mask);
    return {
      entry: { provider, matched: false, durationMs, ...warning, error, ...logsField(posts, mask) },
      details: {},
    };
  };
  return { matched: false, mask: maskResult };
}

/** `failure`: a promise was rejected after the script had settled. It does not change the result. */
export function toResult(
  providerScript: ProviderScript,
  report: MatchDone,
  { posts, failure, excess, durationMs }: MatchRun,
): MatchResult {
  const { provider, script, spellings } = providerScript;
  const { entry: reported, verdict, ...details } = report;
  const isPlainNo =
    !reported.matched && reported.error === undefined && reported.warning === undefined;
  if (isPlainNo && posts.log === undefined && failure === undefined && excess === undefined)
    return { matched: false, mask: () => plainNo(provider, durationMs) };
  const maskResult = (maskWith: MaskWith) => {
    const mask = maskWith(spellings);
    const entry = {
      provider,
      ...withPositions(reported, script, mask),
      ...warningField(excerptWarning(excess), reported.warning ?? rejectionWarning(failure)),
      durationMs,
      ...logsField(posts, mask),
    };
    const verified = verdict === undefined ? {} : { verdict: withPositions(verdict, script, mask) };
    return {
      entry: outgoingEntry(entry, mask),
      details: outgoingDetails({ ...details, ...verified }, mask),
    };
  };
  return { matched: reported.matched, mask: maskResult };
}

const plainNo = (provider: number, durationMs: number): MaskedResult => ({
  entry: { provider, matched: false, durationMs },
  details: {},
});

/** The payload lacks the keys that the task names: the script does not run. */
export const passedOverResult = ({ provider }: MatchTask): MatchResult => ({
  matched: false,
  mask: () => ({
    entry: { provider, matched: false, durationMs: 0, passedOver: true },
    details: {},
  }),
});

function logsField(posts: MatchPosts | undefined, mask: Mask): Pick<MatchEntry, "logs"> {
  const lines = posts?.log?.lines(mask) ?? [];
  return lines.length === 0 ? {} : { logs: [...lines] };
}

const rejectionWarning = (failure: EntryFailure | undefined): string | undefined =>
  failure && `a promise was rejected and not awaited: ${failure.thrown.message}`;

const excerptWarning = (excess: string | undefined): string | undefined =>
  excess &&
  `event.payload was an excerpt, as the body ${excess}: match scripts get the whole payload of up to ${MAX_WHOLE_BYTES} bytes and ${MAX_WHOLE_VALUES} values. Decide by event.headers or event.rawBody, or with "when" in provider.json`;

function warningField(...warnings: readonly (string | undefined)[]) {
  const present = warnings.filter((one) => one !== undefined);
  return present.length === 0 ? {} : { warning: present.join("; ") };
}

function withPositions<T extends { error?: Fault | undefined }>(
  report: T,
  script: ChildProvider,
  mask: Mask,
): T {
  const { error } = report;
  if (error === undefined) return report;
  const { causes = [], ...rest } = error;
  const withStack = <Some extends { stack?: string | undefined }>(one: Some) => ({
    ...one,
    stack: one.stack ?? "",
  });
  const thrown = { ...withStack(rest), causes: causes.map(withStack) };
  return { ...report, error: makeFault(error.kind, thrown, script, mask) };
}
