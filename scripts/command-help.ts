import type { Argument, Command } from "commander";
import { createProgram } from "../src/cli/program.ts";

const WIDTH = 100;

/** A table of all commands and the help of `hookyard`, generated from the program. */
export function commandHelp(): string {
  const program = createProgram().configureHelp({ helpWidth: WIDTH });
  const rows = leaves(program).map(
    (command) => `| \`${path(command)}${usage(command)}\` | ${command.description()} |`,
  );
  const table = ["| command | does |", "|---|---|", ...rows];
  return [...table, "", "```", help(program), "```"].join("\n");
}

/** Commands without subcommands, in order. */
const leaves = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

const path = (command: Command): string =>
  command.parent === null || command.parent.parent === null
    ? command.name()
    : `${path(command.parent)} ${command.name()}`;

/** The arguments of a command, without its options. */
const usage = (command: Command): string =>
  command.registeredArguments.map((one) => ` ${humanReadable(one)}`).join("");

const humanReadable = (argument: Argument): string => {
  const text = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${text}>` : `[${text}]`;
};

/** The printed help, including examples. */
function help(program: Command): string {
  let text = "";
  program.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  program.outputHelp();
  return text.trim();
}
