/** What is asked for on the command line. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

export interface Plan {
  readonly kills: number;
  /** Of every choice the test makes; which of two requests comes first is still up to the machine. */
  readonly seed: number;
  readonly connections: number;
  /** Leaves database and scripts where they are, and says where. */
  readonly keep: boolean;
  /** Never on a small disk of its own, so that each commit waits for a real one. */
  readonly realDisk: boolean;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error(`--${name}: found ${JSON.stringify(text)}, expected a whole number from 1`);
}

export function readPlan(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string", default: "50" },
      seed: { type: "string", default: String(randomInt(1, 1_000_000_000)) },
      connections: { type: "string", default: "10" },
      keep: { type: "boolean", default: false },
      "real-disk": { type: "boolean", default: false },
    },
  });
  return {
    kills: wholeNumber("kills", values.kills),
    seed: wholeNumber("seed", values.seed),
    connections: wholeNumber("connections", values.connections),
    keep: values.keep,
    realDisk: values["real-disk"],
  };
}
