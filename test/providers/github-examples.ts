/** Every payload that GitHub documents, signed by GitHub's own library, which shares no code with Hookyard. */
import { randomInt, randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { sign } from "@octokit/webhooks-methods";
import { afterAll, beforeAll, expect } from "vitest";
import { idIn, startTestApp, type TestApp } from "../support/test-app.ts";

const SECRET = "It's a Secret to Everybody";
const AT_ONCE = 8;

/** The file is loaded with require, because its typings describe an ES module and it is JSON. */
export const webhooks: readonly { readonly name: string; readonly examples: readonly object[] }[] =
  createRequire(import.meta.url)("@octokit/webhooks-examples");

export interface Example {
  /** The name of an example in failures: `push #2`. */
  readonly label: string;
  readonly event: string;
  readonly body: string;
}

export const examples: readonly Example[] = webhooks.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload, index) => ({
    label: `${name} #${index}`,
    event: name,
    body: JSON.stringify(payload),
  })),
);

/** One function for each event, registered for the URI that its examples are sent to. */
const functions = Object.fromEntries(
  webhooks.map(({ name }) => [
    `on-${name.replaceAll("_", "-")}`,
    {
      json: { provider: "github", uri: `github/${name}` },
      script:
        "export default (event) => ({ eventType: event.eventType, keys: Object.keys(event.payload) });\n",
    },
  ]),
);

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    providers: { github: "shipped" },
    functions,
    environment: { GITHUB_WEBHOOK_SECRET: SECRET },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

const deliver = (event: string, body: string | Buffer, signature: string) =>
  app.send(`github/${event}`, {
    headers: {
      accept: "*/*",
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/044aadd",
      "x-github-delivery": randomUUID(),
      "x-github-event": event,
      "x-github-hook-id": "292430182",
      "x-github-hook-installation-target-id": "79929171",
      "x-github-hook-installation-target-type": "repository",
      "x-hub-signature-256": signature,
    },
    body: new Uint8Array(Buffer.from(body)),
  });

/** Processes all examples, a few at once. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A body of the same length with one byte changed. */
function flipped(body: string): { readonly bytes: Buffer; readonly at: number } {
  const bytes = Buffer.from(body);
  const at = randomInt(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ randomInt(1, 256), at);
  return { bytes, at };
}

async function storedBody(id: string): Promise<Buffer> {
  const response = await app.api(`/messages/${id}/body`);
  return Buffer.from(await response.arrayBuffer());
}

export async function expectAccepted(some: readonly Example[]): Promise<void> {
  let seen = 0;
  await forEach(some, async ({ label, event, body }) => {
    const response = await deliver(event, body, await sign(SECRET, body));
    expect(response.status, label).toBe(202);
    const id = await idIn(response);
    expect({ label, ...(await app.ended(id)) }).toMatchObject({
      label,
      status: "SUCCESS",
      provider: "github",
      eventType: event,
      verification: { mode: "enforce", result: "ok" },
      executions: [
        {
          function: `on-${event.replaceAll("_", "-")}`,
          status: "SUCCESS",
          result: { eventType: event, keys: Object.keys(JSON.parse(body)) },
        },
      ],
    });
    expect(Buffer.from(body).equals(await storedBody(id)), label).toBe(true);
    seen += 1;
  });
  expect(seen).toBe(some.length);
}

/** Changes one byte of each example after it was signed. */
export async function expectRefused(some: readonly Example[]): Promise<void> {
  let seen = 0;
  await forEach(some, async ({ label, event, body }) => {
    const { bytes, at } = flipped(body);
    const where = `${label}, byte ${at} is ${bytes[at]}`;
    const response = await deliver(event, bytes, await sign(SECRET, body));
    expect(response.status, where).toBe(401);
    const id = await idIn(response);
    expect({ where, ...(await app.ended(id)) }).toMatchObject({
      where,
      status: "REJECTED",
      provider: "github",
      verification: { mode: "enforce", result: "failed" },
      executions: [],
    });
    expect(bytes.equals(await storedBody(id)), where).toBe(true);
    seen += 1;
  });
  expect(seen).toBe(some.length);
}
