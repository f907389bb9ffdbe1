/** `hookyard test` and `hookyard backtest`: try scripts before they go live. */
import type { Command } from "commander";
import { examples } from "./examples.ts";
import { positive } from "./message-commands.ts";
import { withFilters } from "./messages/filter.ts";
import type { BacktestOptions } from "./trials/backtest.ts";
import type { TestOptions } from "./trials/test-run.ts";

export function addTrialCommands(program: Command): void {
  const test = program
    .command("test <path>")
    .description("test a provider or function from its folder on one message; nothing is stored")
    .option("--message <id>", "a message on the server")
    .option(
      "--sample <file>",
      "a file with a request, or the name of a file in samples/ beside the script",
    )
    .option("--perform", "perform HTTP requests and kv writes instead of only recording them")
    .option("--local", "use a temporary server on this machine; HTTP requests are performed")
    .action(async (path: string, options: TestOptions, command: Command) => {
      const { testScript } = await import("./trials/test-run.ts");
      await testScript(path, options, command);
    });
  examples(test, [
    ["hookyard test functions/greet --message 0198c2…", "on a stored message"],
    ["hookyard test providers/github --sample push --local", "without a server"],
  ]);
  addBacktest(program);
}

function addBacktest(program: Command): void {
  const backtest = program
    .command("backtest [folder...]")
    .description("test drafts on the last messages and show what would change")
    .option("--last <n>", "number of messages", positive, 100)
    .option("--order <provider...>", "match the providers in this order")
    .option("--exit-code", "exit with 1 if anything would change");
  withFilters(backtest).action(
    async (folders: readonly string[], options: BacktestOptions, command: Command) => {
      const { backtest: run } = await import("./trials/backtest.ts");
      await run(folders, options, command);
    },
  );
  examples(backtest, [
    ["hookyard backtest providers/acme --last 1000", "a new match script"],
    ["hookyard backtest --order gitea github", "another order"],
  ]);
}
