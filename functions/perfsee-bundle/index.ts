/** Reports the score and status of a bundle that Perfsee has analysed. */
import type { FunctionContext, WebhookEvent } from "hookyard";

export default async function perfseeBundle(event: WebhookEvent, ctx: FunctionContext) {
  if (event.eventType !== "bundle-finished") {
    return ctx.skip(`not a finished bundle but ${event.eventType}`);
  }
  const project = Object(Object(Object(Object(event.payload).payload).data).project);
  const { id, name, branch, hash, status, score, duration, failedReason } = Object(
    project.artifact,
  );

  const bundle = `${text(name)} of ${text(project.namespace)}/${text(project.name)}`;
  ctx.setMessage(`${bundle} on ${text(branch)}: ${text(status)}, score ${text(score)}`);

  ctx.log.info(`artifact ${text(id)} of commit ${text(hash)}, analysed in ${text(duration)} ms`);
  if (status !== "Passed") ctx.log.warn(`${text(status)}: ${text(failedReason)}`);
  return { artifact: id, branch, hash, status, score, failedReason };
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}
