/** Defines the command line. Each command loads its implementation when it runs. */
import { readFileSync } from "node:fs";
import completions from "@bomb.sh/tab/commander";
import { Command } from "commander";
import { addAccessCommands } from "./access-commands.ts";
import { completeNames, type Names } from "./completion.ts";
import { examples } from "./examples.ts";
import { addFigureCommands } from "./figure-commands.ts";
import { addMessageCommands } from "./message-commands.ts";
import { addScriptCommands } from "./script-commands.ts";
import { addServerCommands } from "./server-commands.ts";
import { addTreeCommands } from "./tree-commands.ts";
import { addTrialCommands } from "./trial-commands.ts";

const packageFile = new URL("../../package.json", import.meta.url);

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed: what went wrong is on standard error
  2  invalid arguments`;

/** JSON for a usage error. */
const usageErrorJson = (text: string): string =>
  `${JSON.stringify({ code: "usage", detail: text.replace(/^error: /, "").trim() })}\n`;

/** True also for arguments that cannot be parsed. */
export const isJson = (words: readonly string[]): boolean => words.includes("--json");

/**
 * With `--json`, usage errors are printed as JSON, even if the arguments cannot be parsed. Completion of a name throws
 * `NamesNeeded` without `names`.
 */
export function createProgram(words: readonly string[] = [], names?: Names): Command {
  const asJson = isJson(words);
  const { version, description }: { readonly version: string; readonly description: string } =
    JSON.parse(readFileSync(packageFile, "utf8"));
  const program = new Command("hookyard")
    .description(description)
    .helpOption("-h, --help", "help for a command")
    .option(
      "--url <url>",
      "the server; by default HOOKYARD_URL, or the server configured on this machine",
    )
    .option(
      "--token-file <file>",
      "a file with the API's token, - for standard input; by default HOOKYARD_TOKEN",
    )
    .option("--json", "print JSON, including errors")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(asJson ? usageErrorJson(text) : text) })
    .showHelpAfterError("(add --help for usage)")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  addServerCommands(program);
  addMessageCommands(program);
  addFigureCommands(program);
  addScriptCommands(program);
  addTreeCommands(program);
  addTrialCommands(program);
  addAccessCommands(program);
  completeNames(completions(program), names);
  program.commands
    .find((command) => command.name() === "complete")
    ?.description("completion for a shell: bash, zsh, fish or powershell");
  const commands = new Set(program.commands.map((command) => command.name()));
  // `functions show` has a `--version` too, and commander reads an option of the program behind its commands as well.
  if (!words.some((word) => commands.has(word)))
    program.version(version, "-V, --version", "the version of this command");
  examples(program, [
    ["hookyard start", "start the server"],
    ["hookyard doctor", "check the set-up"],
    ["hookyard send github", "a signed sample, as GitHub would send it"],
    ["hookyard messages list --status FAILED", "list failed messages"],
    ["source <(hookyard complete bash)", "completion for this shell"],
  ]);
  return program.addHelpText("after", EXIT_CODES);
}
