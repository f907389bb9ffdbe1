/** A log that collects its entries, for tests of log content. */
import { pino } from "pino";
import type { Logger } from "../../src/logger.ts";

export interface CollectedLog {
  readonly log: Logger;
  /** The texts so far, oldest first. */
  texts(): readonly string[];
}

export function collectLog(): CollectedLog {
  const texts: string[] = [];
  const write = (line: string) => {
    texts.push(String(JSON.parse(line).msg));
  };
  return { log: pino({ level: "info" }, { write }), texts: () => [...texts] };
}
