/** Checks the executions of one message: each ended as expected, within its retries, under one lease at a time. */
import { FUNCTIONS, owedTo } from "./installation.ts";
import type { AttemptRow, ExecutionRow, MessageRow, Rows } from "./rows.ts";

/** How often an execution may lose its process before it fails as a crash. */
const MAX_INTERRUPTIONS = 3;

/** Whether an attempt with this outcome ends the execution. */
const isFinal = (outcome: string) => outcome === "SUCCESS" || outcome === "FILTERED";

export function* executionProblems(
  message: MessageRow,
  rows: Rows,
  starts: number,
): Generator<string> {
  const executions = rows.executionsOf(message.id);
  const owed = owedToMessage(message, rows);
  const found = executions.map((execution) => execution.function);
  if ([...found].sort().join() !== [...owed].sort().join())
    yield `is owed ${owed.join(", ") || "nothing"}, has ${found.join(", ") || "nothing"}`;
  for (const execution of executions) {
    for (const problem of problemsOf(execution, rows.attemptsOf(execution.id), starts))
      yield `${execution.function}: ${problem}`;
  }
}

function owedToMessage(message: MessageRow, rows: Rows): readonly string[] {
  if (message.status === "DUPLICATE") return [];
  return message.repetition_of === null ? owedTo(message.uri) : rows.failedBefore(message);
}

function* problemsOf(
  execution: ExecutionRow,
  attempts: readonly AttemptRow[],
  starts: number,
): Generator<string> {
  const { attempt, interruptions, lease_token: lease } = execution;
  yield* endingProblems(execution, attempts);
  const counted = attempts.filter(({ outcome }) => outcome !== "INTERRUPTED").length;
  if (counted !== attempt) yield `${counted} attempts are recorded, ${attempt} were counted`;
  if (interruptions > MAX_INTERRUPTIONS) yield `was interrupted ${interruptions} times`;
  const leases = attempts.map(({ number }) => number);
  if (leases.some((number, index) => number <= (leases[index - 1] ?? 0) || number > lease))
    yield `results of leases ${leases.join(", ")} were accepted, of ${lease}`;
  if (leases.at(-1) !== lease)
    yield `ended with the result of lease ${leases.at(-1)} when ${lease} was the latest`;
  // A claim without a result was interrupted, which only the end of a server causes.
  if (lease - attempts.length > starts)
    yield `was claimed ${lease} times for ${attempts.length} results in ${starts} lives`;
}

function* endingProblems(
  { function: name, status }: ExecutionRow,
  attempts: readonly AttemptRow[],
): Generator<string> {
  const { ends, attempts: [least, most] = [0, 0] } = FUNCTIONS[name] ?? {};
  const last = attempts.at(-1)?.outcome;
  const counted = attempts.filter(({ outcome }) => outcome !== "INTERRUPTED").length;
  const crashed = last === "CRASH";
  if (status !== ends && !crashed) yield `is ${status}, expected ${ends} (last attempt: ${last})`;
  if (crashed && attempts.length <= MAX_INTERRUPTIONS)
    yield `was given up as CRASH after ${attempts.length} attempts`;
  if (counted > most || (counted < least && !crashed))
    yield `had ${counted} attempts that count, expected ${least} to ${most}`;
  if (attempts.slice(0, -1).some(({ outcome }) => isFinal(outcome)))
    yield `ran again after it had ended: ${attempts.map(({ outcome }) => outcome).join(", ")}`;
}
