/** `hookyard diff|push|pull`: a folder that holds the whole configuration. */
import type { Command } from "commander";
import { examples } from "./examples.ts";
import type { TreeOptions } from "./scripts/tree.ts";

export function addTreeCommands(program: Command): void {
  const diff = program
    .command("diff <folder>")
    .description("compare the server with a folder of providers/ and functions/")
    .option("--prune", "include scripts that exist only on the server")
    .option("--exit-code", "exit with 1 if there is a difference")
    .action(async (folder: string, options: TreeOptions, command: Command) => {
      const { diffTree } = await import("./scripts/tree.ts");
      await diffTree(folder, options, command);
    });
  examples(diff, [["hookyard diff config --exit-code", "for a pipeline"]]);
  addPush(program);
  addPull(program);
}

function addPush(program: Command): void {
  const push = program
    .command("push <folder>")
    .description("make the server match the folder; unchanged scripts are skipped")
    .option("--prune", "delete scripts that are not in the folder; files of the server stay")
    .option("--note <text>", "a note for the new versions")
    .option("--dry-run", "only check the drafts and list the changes")
    .option("-y, --yes", "delete without asking")
    .action(async (folder: string, options: TreeOptions, command: Command) => {
      const { pushTree } = await import("./scripts/tree.ts");
      await pushTree(folder, options, command);
    });
  examples(push, [
    ["hookyard push config --dry-run", "show the changes"],
    ['hookyard push config --prune --yes --note "$(git rev-parse HEAD)"', "in a pipeline"],
  ]);
}

function addPull(program: Command): void {
  const pull = program
    .command("pull <folder>")
    .description("write the scripts of the server's database into the folder")
    .option("--all", "include scripts that the server has from files")
    .option("--prune", "remove scripts from the folder that are not on the server")
    .option("--dry-run", "write nothing")
    .option("-y, --yes", "remove without asking")
    .action(async (folder: string, options: TreeOptions, command: Command) => {
      const { pullTree } = await import("./scripts/tree.ts");
      await pullTree(folder, options, command);
    });
  examples(pull, [["hookyard pull config", "and then `git diff`"]]);
}
