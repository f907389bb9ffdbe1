/** `hookyard messages …` */
import { type Command, InvalidArgumentError } from "commander";
import { examples } from "./examples.ts";
import { type FilterOptions, withFilters, withProblem } from "./messages/filter.ts";
import type { FollowOptions } from "./messages/follow.ts";
import type { ListOptions } from "./messages/list.ts";
import type { ResubmitOptions } from "./messages/resubmit.ts";
import type { ShowOptions } from "./messages/show.ts";

export function addMessageCommands(program: Command): void {
  const messages = program
    .command("messages")
    .description("list, show, follow and resubmit received messages");
  addList(messages);
  addShow(messages);
  addBody(messages);
  addFollow(messages);
  addResubmit(messages);
}

function addList(messages: Command): void {
  const list = messages
    .command("list")
    .description("list messages, newest first")
    .option("--limit <n>", "maximum number of messages", positive, 50)
    .option("--cursor <id>", "continue an earlier list");
  withProblem(withFilters(list)).action(async (options: ListOptions, command: Command) => {
    const { listMessages } = await import("./messages/list.ts");
    await listMessages(options, command);
  });
  examples(list, [
    ["hookyard messages list --status FAILED --from 24h", "failed since yesterday"],
    ["hookyard messages list --q octo/hello --json", "a text search, as JSON"],
  ]);
}

function addShow(messages: Command): void {
  const show = messages
    .command("show <id>")
    .description("show a message: request, headers, match trace, executions with logs and errors")
    .option("--all", "include the providers that were skipped because of their `when`")
    .action(async (id: string, options: ShowOptions, command: Command) => {
      const { showMessage } = await import("./messages/show.ts");
      await showMessage(id, options, command);
    });
  examples(show, [["hookyard messages show 0198c2…", "everything but the body"]]);
}

function addBody(messages: Command): void {
  const body = messages
    .command("body <id>")
    .description("print the exact bytes of a message's body")
    .option("-o, --output <file>", "write the bytes to a new file")
    .action(async (id: string, options: { readonly output?: string }, command: Command) => {
      const { downloadBody } = await import("./messages/body.ts");
      await downloadBody(id, options, command);
    });
  examples(body, [["hookyard messages body 0198c2… | jq .ref", "to another program"]]);
}

function addFollow(messages: Command): void {
  const follow = messages
    .command("follow")
    .description("show messages when they arrive and when they end, until interrupted")
    .option("--count <n>", "stop after this number of lines", positive);
  withFilters(follow).action(async (options: FollowOptions & FilterOptions, command: Command) => {
    const { followMessages } = await import("./messages/follow.ts");
    await followMessages(options, command);
  });
  examples(follow, [["hookyard messages follow --provider github", "only GitHub's"]]);
}

interface OtherName {
  readonly sync?: boolean;
}

function addResubmit(messages: Command): void {
  const resubmit = messages
    .command("resubmit [id]")
    .description("process a message again, or all messages that match a filter")
    .option("--run <function...>", "run only these of the matching functions")
    .addOption(
      messages
        .createOption("--scripts <which>", "which versions of the scripts to run")
        .choices(["current", "original"]),
    )
    .option("--wait", "wait for the functions")
    .addOption(messages.createOption("--sync", "another name of --wait").hideHelp())
    .option("--again", "with a filter: include messages that were resubmitted before")
    .option("--dry-run", "with a filter: only count")
    .option("-y, --yes", "with a filter: do not ask");
  withProblem(withFilters(resubmit)).action(
    async (id: string | undefined, options: ResubmitOptions & OtherName, command: Command) => {
      const { resubmit: run } = await import("./messages/resubmit.ts");
      await run(id, { ...options, wait: options.wait ?? options.sync }, command);
    },
  );
  examples(resubmit, [
    ["hookyard messages resubmit 0198c2… --wait", "one message, and wait for its outcome"],
    [
      "hookyard messages resubmit --status FAILED --from 1h",
      "all failed messages, after a confirmation",
    ],
  ]);
}

/** A positive integer. */
export function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number, at least 1");
}
