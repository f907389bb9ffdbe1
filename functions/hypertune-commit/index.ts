/** Says who committed what to which Hypertune project. */
import type { FunctionContext, WebhookEvent } from "hookyard";

export default async function hypertuneCommit(event: WebhookEvent, ctx: FunctionContext) {
  if (event.eventType !== "NEW_COMMIT") return ctx.skip(`not a commit but ${event.eventType}`);
  const { createdAt, project, commit, user } = Object(event.payload);
  const by = text(Object(user).displayName, "somebody");
  const message = text(Object(commit).message, "no message");
  const name = text(Object(project).name, "an unknown project");
  const id = text(Object(commit).id, "without an id");

  ctx.setMessage(`${by} committed "${message}" to ${name}`);
  ctx.log.info(`commit ${id}, made ${text(createdAt, "at an unknown time")}`);
  return { project: name, commit: id, message, by };
}

function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}
