/** Entry point of the command `hookyard`. */
import { EXIT, Failure } from "./failure.ts";
import { reportFailure, run } from "./run.ts";

const words = process.argv.slice(2);

// A reader may close the pipe early: `hookyard messages list | head`.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code === "EPIPE") process.exit(EXIT.fine);
  const found = `standard output cannot be written: ${cause.message}`;
  const failure = new Failure(`${found}; free disk space, or redirect the output elsewhere`, {
    cause,
  });
  process.exit(reportFailure(failure, words));
});

process.exitCode = await run(words);
