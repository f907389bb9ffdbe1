/** Asks questions, on a terminal only, so that a script never waits for input. */
import { Failure, usage } from "./failure.ts";

export const isInteractive = (): boolean =>
  process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Throws a usage failure without a terminal. */
export async function confirmed(question: string): Promise<boolean> {
  if (!isInteractive())
    throw usage(
      `${question} There is no terminal to ask on: add --yes to continue without a question.`,
    );
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

/** Does not show the typed value. */
export async function askSecret(question: string): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message: question, mask: "", output: process.stderr });
  if (isCancel(answer) || answer === undefined || answer === "")
    throw new Failure("no value was given: nothing was changed");
  return answer;
}
