/**
 * Checks every delivery: it is stored as it was sent, its functions ran for exactly one message, and their effects
 * arrived.
 */
import { createHash } from "node:crypto";
import { executionProblems } from "./check-executions.ts";
import { FUNCTIONS, owedTo } from "./installation.ts";
import type { Delivery, Ledger, Promised } from "./ledger.ts";
import type { MessageRow, Rows } from "./rows.ts";
import type { Effect } from "./sink.ts";

export interface Violation {
  /** Id of the message, delivery or execution with the problem. */
  readonly subject: string;
  readonly problem: string;
}

export interface Evidence {
  readonly ledger: Ledger;
  readonly rows: Rows;
  readonly effects: readonly Effect[];
  /** How often a server was started. */
  readonly starts: number;
}

/** A message after all executions have ended. */
type StoredMessage = Omit<MessageRow, "body"> & { readonly digest: string };

export function* deliveryViolations(evidence: Evidence): Generator<Violation> {
  const { ledger, rows, effects, starts } = evidence;
  for (const row of rows.messages()) yield* under(row.id, executionProblems(row, rows, starts));
  const messages: ReadonlyMap<string, readonly StoredMessage[]> = Map.groupBy(
    readKept(rows),
    (message) => message.delivery_id,
  );
  const noted = Map.groupBy(effects, ({ delivery }) => delivery);
  const sent = new Set(ledger.deliveries.map(({ id }) => id));
  for (const delivery of ledger.deliveries)
    yield* violationsOf(delivery, messages.get(delivery.id) ?? [], noted.get(delivery.id) ?? []);
  for (const id of messages.keys())
    if (!sent.has(id)) yield { subject: id, problem: "is a delivery that was not sent" };
  const { counting, counted } = rows.totals;
  if (counted < counting)
    yield { subject: "counts", problem: `ran for ${counting} messages and counted ${counted}` };
}

function* readKept(rows: Rows): Generator<StoredMessage> {
  for (const { body, ...row } of rows.messages())
    yield { ...row, digest: createHash("sha256").update(body).digest("hex") };
}

function* violationsOf(
  delivery: Delivery,
  kept: readonly StoredMessage[],
  noted: readonly Effect[],
): Generator<Violation> {
  for (const promised of delivery.promises)
    yield* under(promised.messageId, promiseProblems(promised, kept));
  for (const message of kept) yield* under(message.id, messageProblems(message, delivery));
  yield* oneRun(delivery, kept);
  yield* under(kept[0]?.id ?? delivery.id, effectProblems(delivery, kept, noted));
}

function* under(subject: string, problems: Iterable<string>): Generator<Violation> {
  for (const problem of problems) yield { subject, problem };
}

function* promiseProblems({ status, messageId }: Promised, kept: readonly StoredMessage[]) {
  const message = kept.find(({ id }) => id === messageId);
  if (message === undefined) yield `was answered with ${status} and is not stored`;
  // A duplicate gets the answer of the message that ran functions.
  const answering = kept.find(({ id }) => id === (message?.duplicate_of ?? messageId));
  const ended = answering?.status;
  const expected = { 200: "SUCCESS", 500: "FAILED" }[status];
  if (expected !== undefined && ended !== expected)
    yield `was answered with ${status} and is ${ended}, expected ${expected}`;
}

function* messageProblems(message: StoredMessage, delivery: Delivery): Generator<string> {
  const isOver = ["SUCCESS", "FAILED", "DUPLICATE"].includes(message.status);
  if (!isOver || message.decided !== 1) yield `is ${message.status}, expected an end`;
  if (message.digest !== delivery.digest) yield "is not stored as it was sent";
  if (message.uri !== delivery.uri) yield `came for ${message.uri}, expected ${delivery.uri}`;
  const names = owedTo(delivery.uri);
  const fails = names.some((name) => FUNCTIONS[name]?.ends === "FAILED");
  if (message.status === "SUCCESS" && fails)
    yield "is SUCCESS although one of its functions failed";
}

const isOriginal = ({ status, repetition_of: first }: StoredMessage): boolean =>
  status !== "DUPLICATE" && first === null;

/**
 * A delivery that was sent several times is stored as one message for which functions run, as repetitions that run
 * failed functions again, and as duplicates of these messages.
 */
function* oneRun(delivery: Delivery, kept: readonly StoredMessage[]): Generator<Violation> {
  const originals = kept.filter(isOriginal);
  if (kept.length > 0 && originals.length !== 1) {
    const ids = kept.map(({ id, status }) => `${id} ${status}`).join(", ");
    yield { subject: delivery.id, problem: `ran ${originals.length} times, expected once: ${ids}` };
  }
  const ran = kept.filter(({ status }) => status !== "DUPLICATE").map(({ id }) => id);
  for (const { id, status, duplicate_of: answering, repetition_of: first } of kept) {
    if (status === "DUPLICATE" && !ran.includes(answering ?? ""))
      yield {
        subject: id,
        problem: `is a duplicate of ${answering}, expected ${ran.join(" or ")}`,
      };
    if (first !== null && first !== originals[0]?.id)
      yield { subject: id, problem: `is a repetition of ${first}, expected ${originals[0]?.id}` };
  }
}

function* effectProblems(
  { uri, digest }: Delivery,
  kept: readonly StoredMessage[],
  seen: readonly Effect[],
): Generator<string> {
  const original = kept.find(isOriginal);
  if (seen.some((effect) => effect.digest !== digest))
    yield "a function saw other bytes than were sent";
  const expected =
    original === undefined ? [] : owedTo(uri).map((name) => `${original.id}/${name}`);
  const keys = seen.map(({ key }) => key);
  const strange = keys.filter((key) => !expected.includes(key));
  if (strange.length > 0) yield `functions ran that were not owed: ${strange.join(", ")}`;
  for (const key of expected) {
    const notes = FUNCTIONS[key.split("/").at(-1) ?? ""]?.notes;
    if (notes === true && !keys.includes(key)) yield `${key} did not report its run to the sink`;
  }
  // A function that crashed runs again after its followers.
  if (!kept.some(({ repetition_of: first }) => first !== null)) yield* orderProblems(keys);
}

/** Functions with an order run after those without, one after the other. */
function* orderProblems(keys: readonly string[]): Generator<string> {
  const turns = keys.map((key) => FUNCTIONS[key.split("/").at(-1) ?? ""]?.order ?? 0);
  if (turns.some((turn, index) => turn < (turns[index - 1] ?? 0)))
    yield `ran out of order: ${keys.join(", ")}`;
}
