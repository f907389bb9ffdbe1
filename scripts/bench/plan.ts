/** Command-line options of the benchmark, and how long each part takes. */
import { parseArgs } from "node:util";

/** The part that is measured; "all" is the main benchmark. */
const SUBJECTS = [
  "all",
  "sandbox",
  "catalogue",
  "search",
  "log",
  "scale",
  "peers",
  "floor",
] as const;
type Subject = (typeof SUBJECTS)[number];

export interface Plan {
  readonly subject: Subject;
  readonly starts: number;
  readonly rounds: number;
  readonly bareSeconds: number;
  readonly acceptSeconds: number;
  readonly processSeconds: number;
  readonly syncSeconds: number;
  /** Number of messages in the searched log, and how often each search runs. */
  readonly messages: number;
  readonly searches: number;
  /** The run is abandoned after this time. */
  readonly atMostSeconds: number;
  /** Folder for a CPU profile of Hookyard, written when it ends; the figures are then too low. */
  readonly cpuProfileDir: string | undefined;
  /** Whether to write the figures into the guide of the scripts. */
  readonly writes: boolean;
}

const WHOLE = {
  starts: 3,
  rounds: 3,
  bareSeconds: 3,
  acceptSeconds: 3,
  processSeconds: 10,
  syncSeconds: 10,
  messages: 1_000_000,
  searches: 40,
  atMostSeconds: 175,
};

const QUICK = {
  starts: 1,
  rounds: 2,
  bareSeconds: 2,
  acceptSeconds: 2,
  processSeconds: 4,
  syncSeconds: 5,
  messages: 100_000,
  searches: 10,
  atMostSeconds: 80,
};

/** A part takes a fixed number of steps; filling a log takes most of the time. */
const PART_SECONDS = 600;

export function readPlan(): Plan {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      "cpu-prof-dir": { type: "string" },
    },
  });
  const { quick, write: writes, "cpu-prof-dir": cpuProfileDir } = values;
  const [subject = "all", ...others] = positionals;
  const known = SUBJECTS.find((one) => one === subject);
  if (known === undefined || others.length > 0)
    throw new Error(`found ${positionals.join(" ")}, expected nothing or: ${SUBJECTS.join(", ")}`);
  const plan = quick ? QUICK : WHOLE;
  const atMostSeconds = known === "all" ? plan.atMostSeconds : PART_SECONDS;
  return { subject: known, ...plan, atMostSeconds, cpuProfileDir, writes };
}
