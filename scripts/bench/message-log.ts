/** Reads from Hookyard's API how the messages ended. */
import { z } from "zod";
import type { Hookyard } from "./hookyard.ts";
import { FUNCTIONS, PROVIDERS } from "./installation.ts";
import { sharedNow } from "./load-jobs.ts";

const PAGE = 200;
const POLL_EVERY_MS = 10;
const DRAIN_WITHIN_MS = 60_000;

const listSchema = z.object({
  items: z.array(z.object({ id: z.string(), status: z.string() })),
  nextCursor: z.string().nullable(),
});

const detailsSchema = z.object({
  verification: z.object({ mode: z.string(), result: z.string() }),
  trace: z.array(z.object({ matched: z.boolean() })),
  message: z.string().nullable(),
  executions: z.array(z.object({ status: z.string() })),
});

async function get(hookyard: Hookyard, path: string): Promise<unknown> {
  const response = await fetch(`${hookyard.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${hookyard.token}` },
  });
  if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}`);
  return response.json();
}

/** Resolves with the time at which no message is pending any more. */
export async function drained(hookyard: Hookyard): Promise<number> {
  const giveUpAt = sharedNow() + DRAIN_WITHIN_MS;
  for (;;) {
    const { items } = listSchema.parse(await get(hookyard, "/messages?status=PENDING&limit=1"));
    const now = sharedNow();
    if (items.length === 0) return now;
    if (now > giveUpAt)
      throw new Error(`messages are pending after ${DRAIN_WITHIN_MS} ms\n${hookyard.output()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

/** The expected work per message. */
export interface Work {
  /** Providers in the trace; only the last one matches. */
  readonly providers: number;
  readonly functions: number;
}
export const WHOLE_WORK: Work = { providers: PROVIDERS, functions: FUNCTIONS };

/** Throws unless exactly `amount` messages came in since `since` and all have `status`. */
export async function assertAll(
  hookyard: Hookyard,
  since: number,
  {
    amount,
    status,
    work = WHOLE_WORK,
  }: { readonly amount: number; readonly status: string; readonly work?: Work },
): Promise<void> {
  const counts: Record<string, number> = {};
  const from = encodeURIComponent(new Date(Math.floor(since)).toISOString());
  let last: string | undefined;
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = `/messages?limit=${PAGE}&from=${from}${cursor && `&cursor=${cursor}`}`;
    const { items, nextCursor } = listSchema.parse(await get(hookyard, page));
    for (const item of items) counts[item.status] = (counts[item.status] ?? 0) + 1;
    last ??= items[0]?.id;
    cursor = nextCursor;
  }
  if (counts[status] !== amount || Object.keys(counts).length !== 1 || last === undefined) {
    throw new Error(
      `expected ${amount} messages with status ${status}; the log has ${JSON.stringify(counts)}\n${hookyard.output()}`,
    );
  }
  await assertWhole(hookyard, last, { status, work });
}

/**
 * Checks on one message that the measured work was done: all providers tried, the signature verified, all functions
 * run.
 */
async function assertWhole(
  hookyard: Hookyard,
  id: string,
  { status, work }: { readonly status: string; readonly work: Work },
): Promise<void> {
  const details = detailsSchema.parse(await get(hookyard, `/messages/${id}`));
  const { verification, trace, executions, message } = details;
  const isWhole =
    verification.mode === "enforce" &&
    verification.result === "ok" &&
    trace.length === work.providers &&
    trace.at(-1)?.matched === true &&
    executions.length === (status === "SUCCESS" ? work.functions : 0) &&
    executions.every((execution) => execution.status === "SUCCESS") &&
    (status !== "SUCCESS" || / commits to /.test(message ?? ""));
  if (!isWhole)
    throw new Error(`the work on message ${id} is incomplete: ${JSON.stringify(details)}`);
}
