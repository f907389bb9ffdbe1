/** Unleash, a server for feature flags, sends its events through its integration "Webhook". */
import { freePort } from "../bench/peers/peer.ts";
import { DATABASE, startDatabase } from "./database.ts";
import { answers, call, program, serve, until } from "./process.ts";
import { type Place, SECRET, type Sender, uriOf } from "./sender.ts";

const name = "unleash";

export const unleash: Sender = {
  name,
  packages: ["unleash-server@8.2.0", ...DATABASE],
  provider: name,
  copyOf: "token",
  properties: { UNLEASH_URI: uriOf({ name }), UNLEASH_TOKEN: SECRET },
  messages: 2,
  run: createFlags,
};

/** One event as Unleash writes it, and one through a template of the operator. */
const INTEGRATIONS = [
  { events: ["feature-created"], parameters: {} },
  {
    events: ["feature-archived"],
    parameters: { bodyTemplate: '{"type":"{{event.type}}","flag":"{{event.featureName}}"}' },
  },
];

async function createFlags({ folder, url, answers: answered }: Place): Promise<void> {
  await using database = await startDatabase(folder);
  const port = await freePort();
  const environment = { PORT: `${port}`, DATABASE_PORT: `${database.port}` };
  const own = `http://127.0.0.1:${port}`;
  const args = [program(name, folder), "unleash-server"];
  await using _server = await serve({ cwd: folder, args, environment }, () =>
    answers(`${own}/health`),
  );
  for (const { events, parameters } of INTEGRATIONS)
    await call(`${own}/api/admin/addons`, "POST", {
      provider: "webhook",
      enabled: true,
      events,
      parameters: { url, authorization: `Bearer ${SECRET}`, ...parameters },
    });
  const flags = `${own}/api/admin/projects/default/features`;
  await call(flags, "POST", { name: "real-flag", type: "release" });
  await call(`${flags}/real-flag`, "DELETE", {});
  // Unleash sends from a queue.
  await until(() => answered() >= unleash.messages);
}
