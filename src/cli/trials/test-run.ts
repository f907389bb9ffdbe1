/** `test`: runs a draft on one message or sample, on the server without storing anything, or on this machine. */
import type { Command } from "commander";
import { z } from "zod";
import type { SampleRequest } from "../../catalogue/sample.ts";
import { failure, logLine } from "../answers.ts";
import { contextOf } from "../context.ts";
import { EXIT, usage } from "../failure.ts";
import { failureOf, logsOf } from "../messages/show.ts";
import { json, line, status, styled } from "../print.ts";
import { printable } from "../printable.ts";
import { readDraft } from "./drafts.ts";
import { readSample } from "./sample-file.ts";

export interface TestOptions {
  readonly message?: string;
  readonly sample?: string;
  readonly perform?: boolean;
  readonly local?: boolean;
}

const testRun = z.looseObject({
  matched: z.boolean().optional(),
  passedOver: z.string().optional(),
  verification: z.looseObject({ result: z.string(), reason: z.string().optional() }).nullish(),
  eventType: z.string().nullish(),
  deliveryId: z.string().nullish(),
  handshake: z.looseObject({ status: z.number() }).nullish(),
  outcome: z.string().optional(),
  message: z.string().nullish(),
  result: z.unknown().optional(),
  logs: z.array(logLine).optional(),
  error: failure.nullish(),
  calls: z
    .array(z.looseObject({ call: z.string(), asked: z.unknown(), performed: z.boolean() }))
    .optional(),
  durationMs: z.number(),
});
type TestRun = z.infer<typeof testRun>;

export async function testScript(
  path: string,
  { message, sample, perform = false, local = false }: TestOptions,
  command: Command,
): Promise<void> {
  if ((message === undefined) === (sample === undefined))
    throw usage("expected either --message <id> or --sample <file>");
  const { draft, folder } = readDraft(path);
  const read = sample === undefined ? undefined : readSample(folder, sample);
  if (local) {
    if (read === undefined) throw usage("--local needs --sample: messages are on the server");
    const { testHere } = await import("./test-here.ts");
    return testHere({ draft, folder, sample: read }, command);
  }
  const { api, json: asJson } = contextOf(command);
  const body = {
    [draft.kind]: draft.fields,
    script: draft.script,
    ...(message === undefined ? {} : { messageId: message }),
    ...(read === undefined ? {} : { request: requestBody(read.request) }),
    effects: perform ? "perform" : "record",
  };
  const run = await api.read("/test-runs", testRun, { method: "POST", body });
  if (run.error != null || run.matched === false) process.exitCode = EXIT.failed;
  if (asJson) json(run);
  else show(run);
}

const requestBody = ({ method, uri, query, headers, body }: SampleRequest) => ({
  method,
  uri,
  query,
  headers: Object.fromEntries(headers),
  body: body.toString(),
});

function show(run: TestRun): void {
  if (run.matched !== undefined) showMatch(run);
  if (run.outcome !== undefined)
    line(`outcome       ${status(run.outcome)} ${printable(run.message ?? "")}`);
  line(`took          ${run.durationMs.toFixed(1)} ms`);
  logsOf(run.logs, "  ");
  if (run.error) failureOf(run.error, "  ");
  for (const { call, asked, performed } of run.calls ?? [])
    line(`${performed ? "did " : "would"} ${call} ${printable(JSON.stringify(asked))}`);
  if (run.result != null) line(`result ${printable(JSON.stringify(run.result, undefined, 2))}`);
}

function showMatch({ matched, verification, eventType, deliveryId, ...run }: TestRun): void {
  line(`matched       ${matched === true ? styled("green", "yes") : styled("yellow", "no")}`);
  if (run.passedOver !== undefined) line(`skipped       ${printable(run.passedOver)}`);
  if (verification != null) {
    const { result, reason } = verification;
    line(`verification  ${result}${reason === undefined ? "" : `: ${printable(reason)}`}`);
  }
  if (eventType != null) line(`event type    ${printable(eventType)}`);
  if (deliveryId != null) line(`delivery      ${printable(deliveryId)}`);
  if (run.handshake != null) line(`answered with ${printable(JSON.stringify(run.handshake))}`);
}
