/** Command-line options of the crash test. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

export interface Plan {
  readonly kills: number;
  /** Seed of every choice of the test; the order of concurrent requests still varies. */
  readonly seed: number;
  readonly connections: number;
  /** Keeps the database and the scripts, and prints where they are. */
  readonly keep: boolean;
  /** Never uses a small disk of its own, so that each commit waits for a real one. */
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
