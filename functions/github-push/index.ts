/** Sums up a push to GitHub: who pushed how many commits where. */
import type { FunctionContext, GitHubEvent } from "hookyard";

/** A push holds up to 2048 commits; the log is for reading. */
const MAX_LOGGED = 20;

export default async function githubPush(event: GitHubEvent, ctx: FunctionContext) {
  if (event.eventType === "ping") {
    return ctx.setMessage(`ping: ${text(event.payload?.zen, "no zen")}`);
  }
  if (event.eventType !== "push") return ctx.skip(`not a push but ${event.eventType}`);

  // GitHub sends all fields. A push sent by hand may lack some.
  const payload: Partial<typeof event.payload> = Object(event.payload);
  const commits = Array.isArray(payload.commits) ? payload.commits : [];
  const repository = text(payload.repository?.full_name, "an unknown repository");
  const by = text(payload.pusher?.name, "somebody");
  const ref = text(payload.ref, "an unknown ref");
  const name = ref.replace(/^refs\/(?:heads|tags)\//, "");

  for (const commit of commits.slice(0, MAX_LOGGED)) ctx.log.info(describeCommit(commit));
  if (commits.length > MAX_LOGGED) ctx.log.info(`… and ${commits.length - MAX_LOGGED} more`);

  const count = `${commits.length} ${commits.length === 1 ? "commit" : "commits"}`;
  const target = ref.startsWith("refs/tags/") ? `tag ${name}` : name;
  const what = payload.deleted === true ? `deleted ${target} of` : `${count} to ${target} of`;
  const forced = payload.forced === true ? " (forced)" : "";
  ctx.setMessage(`${what} ${repository} by ${by}${forced}`);
  return { repository, ref, head: payload.after, commits: commits.length, by };
}

function describeCommit(commit: unknown): string {
  const { id, message, author } = Object(commit);
  const [subject] = text(message, "no message").split("\n", 1);
  return `${text(id, "?").slice(0, 7)} ${subject} (${text(Object(author).name, "unknown author")})`;
}

function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}
