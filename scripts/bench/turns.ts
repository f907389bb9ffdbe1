/** The conditions above a table whose targets took turns with the same flood. */
import { whole } from "./format.ts";
import type { Machine } from "./machine.ts";
import { CONNECTIONS } from "./rounds.ts";

export const conditionsOfTurns = (
  machine: Machine,
  rounds: number,
  amount: number,
): readonly string[] => [
  `- Machine: ${machine.hardware}`,
  `- Versions: ${machine.versions}`,
  `- Date: ${machine.date} UTC`,
  `- Load: the same push of 7168 bytes, ${CONNECTIONS} connections; medians of ${rounds} rounds of ${whole(amount)} messages in which all take turns (least–most)`,
  "",
];
