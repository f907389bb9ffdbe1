/** The Hookyard server that the programs send to: all shipped providers, and one function for each program. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Hookyard, startHookyard } from "../bench/hookyard.ts";
import { type Sender, uriOf } from "./sender.ts";

const SHIPPED = new URL("../../providers/", import.meta.url).pathname;
const POLL_MS = 100;

const READS = `export default (event, ctx) => {
  ctx.setMessage(\`\${event.rawBody.length} bytes, payload of type \${typeof event.payload}\`);
};
`;

const providerFile = z.looseObject({
  properties: z.array(z.looseObject({ name: z.string(), env: z.string() })),
});

/** Starts it in `folder`. */
export async function startReceiver(folder: string, senders: readonly Sender[]): Promise<Hookyard> {
  cpSync(SHIPPED, join(folder, "providers"), { recursive: true });
  for (const sender of senders) {
    copyProvider(folder, sender);
    writeFunction(folder, sender);
  }
  const lines = senders.flatMap(({ properties }) => Object.entries(properties));
  // The server reads `.env` of its working folder.
  writeFileSync(join(folder, ".env"), lines.map(([name, value]) => `${name}=${value}\n`).join(""));
  return await startHookyard(folder, join(folder, "data"));
}

/** As an operator would: the folder of the generic provider under another name, with variables of its own. */
function copyProvider(folder: string, { provider, copyOf }: Sender): void {
  if (copyOf === undefined) return;
  const target = join(folder, "providers", provider);
  cpSync(join(SHIPPED, copyOf), target, { recursive: true });
  const file = join(target, "provider.json");
  const definition = providerFile.parse(JSON.parse(readFileSync(file, "utf8")));
  const prefix = provider.toUpperCase().replaceAll("-", "_");
  const properties = definition.properties.map(({ env, ...rest }) => ({
    ...rest,
    env: env.replace(/^[A-Z]+_WEBHOOK/, prefix),
  }));
  const own = { ...definition, name: provider, active: true, properties };
  writeFileSync(file, JSON.stringify(own));
}

function writeFunction(folder: string, sender: Sender): void {
  const { name, provider, answers: script = READS } = sender;
  const target = join(folder, "functions", name);
  mkdirSync(target, { recursive: true });
  const json = { name, provider, uri: uriOf(sender), sync: sender.answers !== undefined };
  writeFileSync(join(target, "function.json"), JSON.stringify(json));
  writeFileSync(join(target, "index.js"), script);
}

const page = z.object({ items: z.array(z.object({ id: z.string(), status: z.string() })) });
const details = z.object({
  id: z.string(),
  method: z.string(),
  status: z.string(),
  provider: z.string().nullable(),
  eventType: z.string().nullable(),
  bodyBytes: z.number(),
  headers: z.array(z.tuple([z.string(), z.string().nullable()])),
  verification: z.object({ result: z.string(), reason: z.string().optional() }).nullable(),
  executions: z.array(z.object({ function: z.string(), status: z.string() })),
});
export type Received = z.infer<typeof details>;

/** The messages of a sender, oldest first, once there are enough and all have ended; after a time those that are there. */
export async function received(
  hookyard: Hookyard,
  sender: Sender,
  withinMs: number,
): Promise<readonly Received[]> {
  const giveUpAt = performance.now() + withinMs;
  const query = new URLSearchParams({ uri: uriOf(sender), limit: "50" });
  for (;;) {
    const { items } = page.parse(await read(hookyard, `/messages?${query}`));
    const ended = items.filter(({ status }) => status !== "PENDING");
    const isComplete = items.length >= sender.messages && ended.length === items.length;
    if (isComplete || performance.now() > giveUpAt)
      return await Promise.all(
        items
          .toReversed()
          .map(async ({ id }) => details.parse(await read(hookyard, `/messages/${id}`))),
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function read({ url, token }: Hookyard, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${url}/api/v1${path}`, { headers })).json();
}
