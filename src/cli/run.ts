/** Runs one command, from its arguments to its exit code. */
import { CommanderError } from "commander";
import { HookyardError } from "../errors.ts";
import { NamesNeeded, readNames } from "./completion.ts";
import { EXIT, Failure } from "./failure.ts";
import { createProgram, isJson } from "./program.ts";

/** `words` are the arguments after the command name. Errors are printed to standard error. */
export async function run(words: readonly string[]): Promise<number> {
  process.exitCode = EXIT.fine;
  try {
    await parse(words);
    // Some commands finish with a failing result, such as a failed function.
    return Number(process.exitCode);
  } catch (error) {
    return reportFailure(error, words);
  }
}

async function parse(words: readonly string[]): Promise<void> {
  try {
    await createProgram(words).parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof NamesNeeded)) throw error;
    await createProgram(words, await readNames()).parseAsync(words, { from: "user" });
  }
}

/** Prints an error, and returns its exit code. */
export function reportFailure(error: unknown, words: readonly string[]): number {
  // Help, version or a usage error, which commander has already printed.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (!(error instanceof Failure || error instanceof HookyardError)) throw error;
  const { message } = error;
  const problem = (error instanceof Failure ? error.problem : undefined) ?? { detail: message };
  process.stderr.write(isJson(words) ? `${JSON.stringify(problem)}\n` : `hookyard: ${message}\n`);
  return error instanceof Failure ? error.exitCode : EXIT.failed;
}
