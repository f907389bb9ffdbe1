/** The command `hookyard`. */
import { EXIT } from "./failure.ts";
import { run } from "./run.ts";

// Whoever reads us may stop early: `hookyard messages list | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.fine);
  throw error;
});

process.exitCode = await run(process.argv.slice(2));
