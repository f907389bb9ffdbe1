/** `hookyard stats` */
import type { Command } from "commander";
import { examples } from "./examples.ts";
import type { StatsOptions } from "./figures/stats.ts";
import { positive } from "./message-commands.ts";
import { withFilters } from "./messages/filter.ts";

export function addFigureCommands(program: Command): void {
  addStats(program);
}

function addStats(program: Command): void {
  const stats = program
    .command("stats")
    .description("counts of messages and durations of executions, by time")
    .addOption(
      program
        .createOption("--by <what>", "what the lines are")
        .choices(["status", "provider", "function"])
        .default("status"),
    )
    .addOption(
      program
        .createOption("--bucket <length>", "the length of a step in time")
        .choices(["minute", "ten-minutes", "hour", "six-hours", "day"]),
    )
    .option("--limit <n>", "maximum number of lines, up to 200", positive, 20);
  withFilters(stats).action(async (options: StatsOptions, command: Command) => {
    const { showStats } = await import("./figures/stats.ts");
    await showStats(options, command);
  });
  examples(stats, [
    ["hookyard stats --from 24h", "the last day by status"],
    ["hookyard stats --by function --from 7d --json", "a week by function, as JSON"],
  ]);
}
