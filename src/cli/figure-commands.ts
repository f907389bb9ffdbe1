/** `hookyard stats` and `hookyard problems …` */
import type { Command } from "commander";
import { PROBLEM_KINDS } from "../model/problem.ts";
import { examples } from "./examples.ts";
import type { MuteOptions, ProblemsOptions } from "./figures/problems.ts";
import type { StatsOptions } from "./figures/stats.ts";
import { positive } from "./message-commands.ts";
import { withFilters, withProblem } from "./messages/filter.ts";

export function addFigureCommands(program: Command): void {
  addStats(program);
  addProblems(program);
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
  withProblem(withFilters(stats)).action(async (options: StatsOptions, command: Command) => {
    const { showStats } = await import("./figures/stats.ts");
    await showStats(options, command);
  });
  examples(stats, [
    ["hookyard stats --from 24h", "the last day by status"],
    ["hookyard stats --by function --from 7d --json", "a week by function, as JSON"],
  ]);
}

function addProblems(program: Command): void {
  const problems = program
    .command("problems")
    .description("failures, rejections and unmatched messages, grouped by cause");
  const list = problems
    .command("list", { isDefault: true })
    .description("list problems, those of the latest hour first")
    .addOption(problems.createOption("--kind <kind>", "only this kind").choices(PROBLEM_KINDS))
    .option("--provider <name>", "only problems of this provider")
    .option("--function <name>", "only failures of this function")
    .option("--from <time>", "at this time or later: ISO 8601, or a time ago: 30m, 12h, 7d")
    .option("--to <time>", "before this time")
    .option("--all", "include muted ones")
    .option("--limit <n>", "maximum number of problems, up to 200", positive, 50)
    .option("--cursor <key>", "continue an earlier list")
    .action(async (options: ProblemsOptions, command: Command) => {
      const { listProblems } = await import("./figures/problems.ts");
      await listProblems(options, command);
    });
  examples(list, [
    ["hookyard problems --from 24h", "the problems of the last day"],
    ["hookyard messages resubmit --problem f-3a9c…", "resubmit the messages of one"],
  ]);
  addMutes(problems);
}

function addMutes(problems: Command): void {
  const mute = problems
    .command("mute <key>")
    .description("leave a problem out of the list until it happens again")
    .option("--until <time>", "until this time, even if it happens: ISO 8601, or from now: 12h, 7d")
    .action(async (key: string, options: MuteOptions, command: Command) => {
      const { muteProblem } = await import("./figures/problems.ts");
      await muteProblem(key, options, command);
    });
  examples(mute, [["hookyard problems mute f-3a9c… --until 7d", "for a week"]]);
  problems
    .command("unmute <key>")
    .description("end the mute of a problem")
    .action(async (key: string, options: object, command: Command) => {
      const { unmuteProblem } = await import("./figures/problems.ts");
      await unmuteProblem(key, options, command);
    });
}
