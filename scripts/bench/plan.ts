/** How long each part takes. */
import { parseArgs } from "node:util";

export interface Plan {
  /** What is measured: everything, the sandbox alone, or the providers. */
  readonly subject: "all" | "sandbox" | "catalogue";
  readonly starts: number;
  readonly rounds: number;
  readonly bareSeconds: number;
  readonly acceptSeconds: number;
  readonly processSeconds: number;
  readonly syncSeconds: number;
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
  atMostSeconds: 175,
};

const QUICK = {
  starts: 1,
  rounds: 2,
  bareSeconds: 2,
  acceptSeconds: 2,
  processSeconds: 4,
  syncSeconds: 5,
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
  const isKnown = subject === "all" || subject === "sandbox" || subject === "catalogue";
  if (!isKnown || others.length > 0)
    throw new Error(`found ${positionals.join(" ")}, expected nothing or: sandbox, catalogue`);
  return { subject, ...(quick ? QUICK : WHOLE), cpuProfileDir, writes };
}
