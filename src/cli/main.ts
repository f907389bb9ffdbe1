/** The command `hookyard`. */
import { EXIT, Failure } from "./failure.ts";
import { run, tell } from "./run.ts";

const words = process.argv.slice(2);

// Whoever reads us may stop early: `hookyard messages list | head`.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code === "EPIPE") process.exit(EXIT.fine);
  const found = `standard output cannot be written: ${cause.message}`;
  const failure = new Failure(`${found}; make room, or send it elsewhere`, { cause });
  process.exit(tell(failure, words));
});

process.exitCode = await run(words);
