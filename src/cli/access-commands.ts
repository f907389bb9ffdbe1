/** `hookyard sign-in|session|secret|token|audit`: manages sessions, secrets and tokens, and shows the audit log. */
import type { Command } from "commander";
import { PERMISSIONS } from "../model/permission.ts";
import type { AuditOptions } from "./access/audit.ts";
import type { SetOptions } from "./access/secrets.ts";
import type { CreateOptions } from "./access/tokens.ts";
import { examples } from "./examples.ts";
import { positive } from "./message-commands.ts";

export function addAccessCommands(program: Command): void {
  addSessions(program);
  addSecrets(program);
  addTokens(program);
  addAudit(program);
}

function addSessions(program: Command): void {
  const signIn = program
    .command("sign-in")
    .description("a link that signs in to the console once, within ten minutes")
    .action(async (options: object, command: Command) => {
      const { createLink } = await import("./access/sessions.ts");
      await createLink(options, command);
    });
  examples(signIn, [["xdg-open $(hookyard sign-in)", "open the console"]]);
  const group = program
    .command("session")
    .description("list and end sessions of people who are signed in to the console");
  group
    .command("list")
    .description("list the sessions that your token may see, newest first")
    .action(async (options: object, command: Command) => {
      const { listSessions } = await import("./access/sessions.ts");
      await listSessions(options, command);
    });
  group
    .command("end <id>")
    .description("end a session: the server refuses it from now on")
    .action(async (id: string, options: object, command: Command) => {
      const { endSession } = await import("./access/sessions.ts");
      await endSession(id, options, command);
    });
}

function addSecrets(program: Command): void {
  const group = program
    .command("secret")
    .description("set and unset values of providers' properties");
  const set = group
    .command("set <provider> <property>")
    .description("set a value; it is read from the terminal or standard input")
    .option("--rotate", "set two values: the new one, and the old one that stays accepted")
    .action(async (provider: string, property: string, options: SetOptions, command: Command) => {
      const { setSecret } = await import("./access/secrets.ts");
      await setSecret(provider, property, options, command);
    });
  examples(set, [
    ["hookyard secret set github secret", "type the value"],
    ["pass show github | hookyard secret set github secret", "from another program"],
  ]);
  group
    .command("unset <provider> <property>")
    .description("delete a stored value; the environment variable applies again")
    .action(async (provider: string, property: string, options: object, command: Command) => {
      const { unsetSecret } = await import("./access/secrets.ts");
      await unsetSecret(provider, property, options, command);
    });
}

function addTokens(program: Command): void {
  const group = program.command("token").description("create, list and revoke tokens of the API");
  const create = group
    .command("create <name>")
    .description("create a token; it is shown only once")
    .addOption(
      group
        .createOption("--permission <permission...>", "a permission of the token")
        .choices(PERMISSIONS)
        .makeOptionMandatory(),
    )
    .option("--expires <time>", "ISO 8601, or a time from now: 12h, 90d")
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { createToken } = await import("./access/tokens.ts");
      await createToken(name, options, command);
    });
  examples(create, [
    [
      "hookyard token create ci --permission scripts:read scripts:write --expires 90d > ci.token",
      "for a pipeline",
    ],
  ]);
  group
    .command("list")
    .description("list the tokens, without their values")
    .action(async (options: object, command: Command) => {
      const { listTokens } = await import("./access/tokens.ts");
      await listTokens(options, command);
    });
  group
    .command("revoke <name>")
    .description("revoke a token: the server refuses it from now on")
    .action(async (name: string, options: object, command: Command) => {
      const { revokeToken } = await import("./access/tokens.ts");
      await revokeToken(name, options, command);
    });
}

function addAudit(program: Command): void {
  const audit = program
    .command("audit")
    .description("who changed what, newest first")
    .option("--caller <name>", "only entries of this token")
    .option("--action <action>", "only entries of this action")
    .option("--target <name>", "only entries about this name, message id, or <provider>/<property>")
    .option("--from <time>", "at this time or later: ISO 8601, or a time ago: 30m, 12h, 7d")
    .option("--to <time>", "before this time")
    .option("--limit <n>", "maximum number of entries, up to 200", positive, 50)
    .option("--cursor <id>", "continue an earlier list")
    .action(async (options: AuditOptions, command: Command) => {
      const { showAudit } = await import("./access/audit.ts");
      await showAudit(options, command);
    });
  examples(audit, [["hookyard audit --from 24h --json", "since yesterday, as JSON"]]);
}
