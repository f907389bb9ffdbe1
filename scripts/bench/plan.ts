/** How long each part takes. */
import { parseArgs } from "node:util";

const SUBJECTS = ["all", "sandbox", "catalogue", "search"] as const;

export interface Plan {
  /** What is measured: everything, the sandbox alone, the providers, or searching. */
  readonly subject: (typeof SUBJECTS)[number];
  readonly starts: number;
  readonly rounds: number;
  readonly bareSeconds: number;
  readonly acceptSeconds: number;
  readonly processSeconds: number;
  readonly syncSeconds: number;
  /** In the log that is searched, and how often each search is made. */
  readonly messages: number;
  readonly searches: number;
  /** Past this the run is given up. */
  readonly atMostSeconds: number;
  /** Where Hookyard writes a CPU profile of itself when it ends; its figures are then too low. */
  readonly cpuProfileDir: string | undefined;
  /** Whether the README's table is written. */
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
    throw new Error(`found ${positionals.join(" ")}, expected one of ${SUBJECTS.join(", ")}`);
  const sizes = quick ? QUICK : WHOLE;
  // Filling a log of a million messages takes its time.
  const atMostSeconds = sizes.atMostSeconds * (known === "search" ? 3 : 1);
  return { subject: known, ...sizes, atMostSeconds, cpuProfileDir, writes };
}
