/** `hookyard providers …` and `hookyard functions …` */
import type { Command } from "commander";
import { examples } from "./examples.ts";
import type { Kind } from "./scripts/definition.ts";
import type { PushOptions, RemoveOptions } from "./scripts/single.ts";

const single = () => import("./scripts/single.ts");
const versions = () => import("./scripts/versions.ts");

export function addScriptCommands(program: Command): void {
  addKind(program, "provider", "match script, verification, properties and order");
  addKind(program, "function", "scripts that run on the messages of a provider");
}

function addKind(program: Command, kind: Kind, what: string): void {
  const group = program.command(`${kind}s`).description(`${kind}s on the server: ${what}`);
  addReading(group, kind);
  addFolders(group, kind);
  addVersions(group, kind);
  addChanges(group, kind);
  if (kind === "provider") addOrder(group);
}

function addReading(group: Command, kind: Kind): void {
  group
    .command("list")
    .description(`list the ${kind}s, with their problems`)
    .action(async (options: object, command: Command) => {
      await (await single()).listScripts(kind, options, command);
    });
  group
    .command("show <name>")
    .description(`show a ${kind} with its script`)
    .option("--version <version>", "show an earlier version, by its number or hash")
    .action(async (name: string, options: { readonly version?: string }, command: Command) => {
      await (await versions()).showScript(kind, name, options, command);
    });
}

function addFolders(group: Command, kind: Kind): void {
  const push = group
    .command("push <folder...>")
    .description(`upload ${kind}s from their folders; unchanged ones are skipped`)
    .option("--note <text>", "a note for the new version")
    .option("--dry-run", "only check the drafts and list the changes")
    .action(async (folders: readonly string[], options: PushOptions, command: Command) => {
      await (await single()).pushScripts(kind, folders, options, command);
    });
  examples(push, [[`hookyard ${kind}s push ${kind}s/acme --note "new header"`, "a new version"]]);
  group
    .command("pull <name> [folder]")
    .description(`write a ${kind} into a folder; by default ${kind}s/<name>`)
    .action(async (name: string, folder: string | undefined, _: object, command: Command) => {
      await (await single()).pullScript(kind, name, folder, command);
    });
  group
    .command("diff <folder>")
    .description("show what a push would change")
    .option("--exit-code", "exit with 1 if there is a difference")
    .action(async (folder: string, options: { readonly exitCode?: boolean }, command: Command) => {
      await (await single()).diffScript(kind, folder, options, command);
    });
}

function addVersions(group: Command, kind: Kind): void {
  group
    .command("versions <name>")
    .description(`list the versions of a ${kind}, newest first`)
    .option("--show <version>", "show one version in full, by its number or hash")
    .action(async (name: string, options: { readonly show?: string }, command: Command) => {
      await (await versions()).versionsOf(kind, name, options, command);
    });
  const rollback = group
    .command("rollback <name>")
    .description("activate the previous version")
    .option("--to <version>", "activate this version, by its number or hash")
    .action(async (name: string, { to }: { readonly to?: string }, command: Command) => {
      await (await versions()).rollBack(kind, name, to, command);
    });
  examples(rollback, [[`hookyard ${kind}s rollback acme --to 3`, "to the third version"]]);
}

function addChanges(group: Command, kind: Kind): void {
  for (const [verb, active] of [
    ["activate", true],
    ["deactivate", false],
  ] as const) {
    const effect = kind === "provider" ? "its match script runs" : "it runs on new messages";
    group
      .command(`${verb} <name>`)
      .description(`${verb} a ${kind}: ${active ? effect : effect.replace("runs", "does not run")}`)
      .action(async (name: string, _: object, command: Command) => {
        await (await single()).setActive(kind, { name, active }, command);
      });
  }
  const removal = group
    .command("delete <name>")
    .description(`delete a ${kind}; the records of earlier messages stay`)
    .option("-y, --yes", "do not ask");
  if (kind === "provider") removal.option("--cascade", "delete its functions with it");
  removal.action(async (name: string, options: RemoveOptions, command: Command) => {
    await (await single()).deleteScript(kind, name, options, command);
  });
}

function addOrder(group: Command): void {
  const order = group
    .command("order <name...>")
    .description("set the order in which providers are matched")
    .action(async (names: readonly string[], options: object, command: Command) => {
      await (await single()).orderProviders(names, options, command);
    });
  examples(order, [["hookyard providers order forgejo gitea github", "forgejo is matched first"]]);
}
