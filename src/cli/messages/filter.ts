/** The API's message filters as options of a command. */
import type { Command } from "commander";
import { MESSAGE_STATUSES } from "../../model/message.ts";
import { amountMs } from "../amount.ts";
import { usage } from "../failure.ts";

export interface FilterOptions {
  readonly status?: string;
  readonly provider?: string;
  readonly function?: string;
  readonly uri?: string;
  readonly eventType?: string;
  readonly from?: string;
  readonly to?: string;
  readonly q?: string;
  readonly notResubmitted?: boolean;
  readonly problem?: string;
}

export const withFilters = (command: Command): Command =>
  command
    .addOption(
      command
        .createOption("--status <status>", "only messages with this status")
        .choices(MESSAGE_STATUSES),
    )
    .option("--provider <name>", "only messages of this provider")
    .option("--function <name>", "only messages with an execution of this function")
    .option("--uri <uri>", "only messages to this URI")
    .option("--event-type <type>", "only messages with this event type")
    .option(
      "--from <time>",
      "received at this time or later: ISO 8601, or a time ago: 30m, 12h, 7d",
    )
    .option("--to <time>", "received before this time")
    .option("--q <text>", "only messages with this text in headers or body; needs messages:details")
    .option("--not-resubmitted", "only messages that were not resubmitted");

/** For commands that do not follow: what a problem is is known only after a message has ended. */
export const withProblem = (command: Command): Command =>
  command.option("--problem <key>", "only messages of this problem: see `hookyard problems`");

/** The filter for the API. Throws a usage failure for an invalid time. */
export const filterOf = (options: FilterOptions, now = Date.now()) => ({
  status: options.status,
  provider: options.provider,
  function: options.function,
  uri: options.uri,
  eventType: options.eventType,
  from: timeOf("--from", options.from, now),
  to: timeOf("--to", options.to, now),
  q: options.q,
  problem: options.problem,
  resubmitted: options.notResubmitted === true ? false : undefined,
});

export const isEmpty = (filter: object): boolean =>
  Object.values(filter).every((value) => value === undefined);

export function timeOf(option: string, text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const amount = amountMs(text, "smhd");
  const at = amount === undefined ? Date.parse(text) : now - amount;
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw usage(
    `${option}: found ${JSON.stringify(text)}, expected a time such as 2026-01-31T12:00:00Z, or a time ago, such as 30m`,
  );
}
