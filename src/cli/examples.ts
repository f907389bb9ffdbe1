import type { Command } from "commander";

export type Example = readonly [command: string, means: string];

/** Adds examples to the help of a command. */
export function examples(command: Command, list: readonly Example[]): void {
  const width = Math.max(...list.map(([text]) => text.length));
  const lines = list.map(([text, means]) => `  ${text.padEnd(width)}  ${means}`);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
