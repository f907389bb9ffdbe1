/** The load process: runs one job at a time, so that the load generator costs every target the same. */
import { flood } from "./flood.ts";
import { type Job, jobSchema } from "./load-jobs.ts";
import { paced } from "./paced.ts";

const perform = (job: Job) => (job.kind === "flood" ? flood(job) : paced(job));

async function answer(message: unknown): Promise<void> {
  try {
    process.send?.(await perform(jobSchema.parse(message)));
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? String(error.stack) : String(error) });
  }
}

process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit());
process.send?.("ready");
