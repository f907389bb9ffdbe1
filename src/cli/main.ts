/** Runs one command and ends with its exit code. */
import { CommanderError } from "commander";
import { HookyardError } from "../errors.ts";
import { EXIT, Failure } from "./failure.ts";
import { createProgram } from "./program.ts";

async function main(): Promise<void> {
  // Whoever reads us may stop early: `hookyard messages list | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.fine);
    throw error;
  });
  const program = createProgram();
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = told(error, program.opts()["json"] === true);
  }
}

/** Tells what went wrong, and gives the exit code for it. */
function told(error: unknown, asJson: boolean): number {
  // Help, a version or a misuse: commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (!(error instanceof Failure || error instanceof HookyardError)) throw error;
  const { message } = error;
  const problem = (error instanceof Failure ? error.problem : undefined) ?? { detail: message };
  process.stderr.write(asJson ? `${JSON.stringify(problem)}\n` : `hookyard: ${message}\n`);
  return error instanceof Failure ? error.exitCode : EXIT.failed;
}

await main();
