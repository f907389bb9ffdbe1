/** One command from its arguments to its exit code. */
import { CommanderError } from "commander";
import { HookyardError } from "../errors.ts";
import { EXIT, Failure } from "./failure.ts";
import { createProgram } from "./program.ts";

/** `words` come after the command's own name. What is wrong is told on standard error. */
export async function run(words: readonly string[]): Promise<number> {
  process.exitCode = EXIT.fine;
  const program = createProgram(isJson(words));
  try {
    await program.parseAsync(words, { from: "user" });
    // Some results are failures, such as a function that failed.
    return Number(process.exitCode);
  } catch (error) {
    return tell(error, words);
  }
}

const isJson = (words: readonly string[]): boolean => words.includes("--json");

/** Tells what went wrong, and gives the exit code for it. */
export function tell(error: unknown, words: readonly string[]): number {
  // Help, a version or a misuse: commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (!(error instanceof Failure || error instanceof HookyardError)) throw error;
  const { message } = error;
  const problem = (error instanceof Failure ? error.problem : undefined) ?? { detail: message };
  process.stderr.write(isJson(words) ? `${JSON.stringify(problem)}\n` : `hookyard: ${message}\n`);
  return error instanceof Failure ? error.exitCode : EXIT.failed;
}
