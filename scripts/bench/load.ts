/** Starts the load process, and sends it jobs. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endChild, nextMessage, registered } from "./child.ts";
import { type Job, type JobResult, jobAnswerSchema } from "./load-jobs.ts";

const ENTRY = fileURLToPath(new URL("load-process.ts", import.meta.url));
const START_WITHIN_MS = 10_000;
const JOB_WITHIN_MS = 60_000;

export class Load implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Load> {
    const load = new Load(
      registered(fork(ENTRY, { stdio: ["ignore", "ignore", "inherit", "ipc"] })),
    );
    await nextMessage(load.#child, "starting the load process", START_WITHIN_MS);
    return load;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Throws unless every request is answered with `status`. */
  async run(job: Job, status: number): Promise<JobResult> {
    const what = `${job.amount} requests to ${job.url}`;
    const answered = nextMessage(this.#child, what, JOB_WITHIN_MS);
    this.#child.send(job);
    const result = jobAnswerSchema.parse(await answered);
    if ("failure" in result) throw new Error(`${what}: ${result.failure}`);
    const { statuses, errors } = result;
    if (errors > 0 || statuses[status] !== job.amount) {
      throw new Error(
        `${what}: expected status ${status} for all; ${errors} failed, answers by status: ${JSON.stringify(statuses)}`,
      );
    }
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }
}
