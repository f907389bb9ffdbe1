/** The message that every target gets: a GitHub push of 7 KB, signed as GitHub signs it. */
import { createHmac, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { z } from "zod";

const BODY_BYTES = 7168;
export const SECRET = randomBytes(16).toString("hex");

const examplesSchema = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));
const pushSchema = z.looseObject({
  commits: z.array(z.looseObject({ message: z.string() })).min(1),
  repository: z.record(z.string(), z.unknown()),
});

export interface Push {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A push with at least one commit. Repository URLs are removed, and the commit message is filled up to the exact size.
 */
export function makePush(): Push {
  // Loaded with `require`, because the declared types of this data module do not fit its import.
  const examples: unknown = createRequire(import.meta.url)("@octokit/webhooks-examples");
  const push = examplesSchema
    .parse(examples)
    .filter(({ name }) => name === "push")
    .flatMap(({ examples: payloads }) => payloads)
    .map((payload) => pushSchema.safeParse(payload).data)
    .find((payload) => payload !== undefined);
  if (push === undefined) throw new Error("there is no push with a commit among the examples");
  const addresses = Object.keys(push.repository).filter((key) => key.endsWith("_url"));
  while (JSON.stringify(push).length > BODY_BYTES) {
    const address = addresses.pop();
    if (address === undefined) throw new Error(`the push cannot be cut to ${BODY_BYTES} bytes`);
    delete push.repository[address];
  }
  const [commit] = push.commits;
  if (commit !== undefined)
    commit.message += " ".concat("more ".repeat(BODY_BYTES)).slice(0, BODY_BYTES - sizeOf(push));
  const body = JSON.stringify(push);
  if (Buffer.byteLength(body) !== BODY_BYTES)
    throw new Error(`the push has ${Buffer.byteLength(body)} bytes instead of ${BODY_BYTES}`);
  return { headers: headersFor(body), body };
}

const sizeOf = (push: object) => Buffer.byteLength(JSON.stringify(push));

function headersFor(body: string): Readonly<Record<string, string>> {
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0a1b2c3",
    "x-github-event": "push",
    "x-github-hook-id": "292430182",
    "x-github-hook-installation-target-id": "79929171",
    "x-github-hook-installation-target-type": "repository",
    "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
  };
}
