/** `messages show`: prints a message with its trace and executions on one page. */
import type { Command } from "commander";
import { nearUriText } from "../../model/nearest-uri.ts";
import {
  type Attempt,
  type ErrorShown,
  type Execution,
  type FailureShown,
  type LogLineShown,
  type MessageDetails,
  messageDetails,
  type TraceEntry,
} from "../answers.ts";
import { contextOf } from "../context.ts";
import { json, line, status, styled } from "../print.ts";
import { printable } from "../printable.ts";
import { versionText } from "../version-text.ts";

export interface ShowOptions {
  /** Whether the trace lists the skipped providers. */
  readonly all?: boolean;
}

export async function showMessage(
  id: string,
  options: ShowOptions,
  command: Command,
): Promise<void> {
  const { api, json: asJson } = contextOf(command);
  const details = await api.read(`/messages/${encodeURIComponent(id)}`, messageDetails);
  if (asJson) json(details);
  else showDetails(details, options);
}

export function showDetails(details: MessageDetails, { all = false }: ShowOptions = {}): void {
  overview(details);
  headersOf(details);
  section("Match");
  traceOf(details.trace, all);
  verification(details);
  section("Executions");
  if (details.executions.length === 0) line("  none");
  for (const execution of details.executions) executionOf(execution);
}

const versionOf = ({ version, versionNumber }: Pick<Execution, "version" | "versionNumber">) =>
  versionText({ version, number: versionNumber });

const section = (title: string): void => line(`\n${styled("bold", title)}`);

const show = (name: string, value: string | null | undefined): void => {
  if (value !== null && value !== undefined && value !== "")
    line(`  ${styled("gray", name.padEnd(16))} ${printable(value)}`);
};

function overview(message: MessageDetails): void {
  const query = message.query ? `?${message.query}` : "";
  const target = `${message.path ?? `/${message.uri}`}${query}`;
  line(`${styled("bold", printable(`${message.method} ${target}`))}  ${status(message.status)}`);
  show("id", message.id);
  show("received", message.receivedAt);
  show("from", message.remoteAddress);
  show("provider", message.provider);
  show("event type", message.eventType);
  show("delivery", message.deliveryId);
  show("message", message.message);
  show("nearest", nearUriText(message.nearestUris ?? []));
  show("body", `${message.bodyBytes} bytes (hookyard messages body ${message.id})`);
  show("duplicate of", message.duplicateOf);
  show(
    "repetition of",
    message.repetitionOf && `${message.repetitionOf}: runs only the functions that failed before`,
  );
  show("resubmitted", message.resubmittedFrom && `from ${message.resubmittedFrom}`);
  if (message.edited === true) show("edited", "yes: no signature covers it");
}

/** Shown instead of values that the token may not see. */
const HIDDEN = styled("gray", "(hidden)");

function headersOf({ headers }: MessageDetails): void {
  if (headers === undefined) return;
  section("Headers");
  for (const [name, value] of headers)
    line(`  ${styled("cyan", printable(name))}: ${value === null ? HIDDEN : printable(value)}`);
}

/** Dozens of providers may be skipped, so they are only counted unless `all` is set. */
function traceOf(trace: readonly TraceEntry[], all: boolean): void {
  if (trace.length === 0) line("  no provider is installed");
  const shown = all ? trace : trace.filter(({ passedOver }) => passedOver === undefined);
  for (const entry of shown) traceEntry(entry);
  const hidden = trace.length - shown.length;
  const providers = `${hidden} provider${hidden === 1 ? " was" : "s were"} skipped`;
  if (hidden > 0) line(styled("gray", `  ${providers} (--all shows why)`));
}

/** Prints one trace entry: whether the provider matched, and why not. */
function traceEntry({ provider, matched, durationMs, ...entry }: TraceEntry): void {
  const mark = matched ? styled("green", "yes") : styled("gray", "no ");
  const duration =
    durationMs === undefined || entry.passedOver !== undefined ? "" : `${durationMs.toFixed(1)} ms`;
  line(
    `  ${mark}  ${printable(provider).padEnd(24)} ${styled("gray", `${duration}  ${versionOf(entry)}`)}`,
  );
  if (entry.passedOver !== undefined)
    line(`       ${styled("gray", `skipped: ${printable(entry.passedOver)}`)}`);
  if (entry.warning !== undefined) line(`       ${styled("yellow", printable(entry.warning))}`);
  if (entry.error !== undefined) failureOf(entry.error, "       ");
  logsOf(entry.logs, "       ");
}

function verification({ verification: found }: MessageDetails): void {
  if (found === null || found === undefined) return;
  section("Verification");
  const style = found.result === "ok" ? "green" : "yellow";
  const reason = found.reason === undefined ? "" : `: ${printable(found.reason)}`;
  line(`  ${styled(style, found.result)} (${found.mode})${reason}`);
  if (found.error !== undefined) failureOf(found.error, "  ");
}

function executionOf({ function: name, attempts, ...execution }: Execution): void {
  line(
    `  ${status(execution.status, 9)} ${styled("bold", printable(name))} ${styled("gray", versionOf(execution))}`,
  );
  for (const attempt of attempts) attemptOf(attempt);
  if (execution.nextAttemptAt) line(`    next attempt at ${execution.nextAttemptAt}`);
}

function attemptOf({ number, outcome, endedAt, ...attempt }: Attempt): void {
  const duration = attempt.durationMs == null ? "" : `, ${attempt.durationMs} ms`;
  line(`    attempt ${number}: ${outcome} ${styled("gray", `${endedAt}${duration}`)}`);
  logsOf(attempt.logs, "      ");
  if (attempt.error) failureOf(attempt.error, "      ");
  else if (attempt.reason) line(`      ${printable(attempt.reason)}`);
  if (attempt.result !== undefined && attempt.result !== null)
    line(indented(`result ${printable(JSON.stringify(attempt.result, undefined, 2))}`, "      "));
}

const indented = (text: string, by: string): string => text.replaceAll(/^/gm, by);

export function logsOf(logs: readonly LogLineShown[] | undefined, by: string): void {
  for (const { at, level, text } of logs ?? []) {
    const time = styled("gray", at.slice(11, 23));
    const style = level === "error" || level === "warn" ? "yellow" : "gray";
    line(`${by}${time} ${styled(style, level.padEnd(5))} ${printable(text)}`);
  }
}

export function failureOf({ kind, causes = [], ...error }: FailureShown, by: string): void {
  errorOf(kind, error, by);
  for (const cause of causes) errorOf("caused by", cause, by);
}

function errorOf(title: string, error: ErrorShown, by: string): void {
  const place = [error.file, error.line, error.column].filter((part) => part !== undefined);
  const at = place.length === 0 ? "" : ` at ${place.join(":")}`;
  const text = `${title}${at}: ${error.name}: ${error.message ?? "(hidden: needs messages:details)"}`;
  line(styled("red", indented(printable(text), by)));
  if (error.frame !== undefined) line(indented(printable(error.frame), by));
}
