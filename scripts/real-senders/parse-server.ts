/** Parse Server calls webhooks instead of cloud code, and waits for their answer. */
import { freePort } from "../bench/peers/peer.ts";
import { DATABASE, startDatabase } from "./database.ts";
import { answers, call, program, serve } from "./process.ts";
import { type Place, SECRET, type Sender, uriOf } from "./sender.ts";

const name = "parse-server";

/** What Parse expects: the result of a function, or the object that a trigger saves. */
const ANSWERS = `export default ({ payload }, ctx) => {
  const success = payload.functionName ? { hello: payload.params.who } : payload.object;
  ctx.respond({ status: 200, body: { success } });
};
`;

export const parseServer: Sender = {
  name,
  packages: ["parse-server@9.10.0", ...DATABASE],
  provider: name,
  copyOf: "token",
  properties: {
    PARSE_SERVER_URI: uriOf({ name }),
    PARSE_SERVER_TOKEN: SECRET,
    PARSE_SERVER_HEADER: "X-Parse-Webhook-Key",
  },
  answers: ANSWERS,
  messages: 2,
  run: callHooks,
};

const KEYS = { "x-parse-application-id": "real", "x-parse-master-key": "only-here" };

async function callHooks({ folder, url }: Place): Promise<void> {
  await using database = await startDatabase(folder);
  const port = await freePort();
  const own = `http://127.0.0.1:${port}/parse`;
  const environment = {
    PORT: `${port}`,
    DATABASE_PORT: `${database.port}`,
    WEBHOOK_KEY: SECRET,
  };
  const args = [program(name, folder), name];
  await using _server = await serve({ cwd: folder, args, environment }, () =>
    answers(`${own}/health`),
  );
  await call(`${own}/hooks/functions`, "POST", { functionName: "hello", url }, KEYS);
  const trigger = { className: "Order", triggerName: "beforeSave", url };
  await call(`${own}/hooks/triggers`, "POST", trigger, KEYS);
  const said = await call(`${own}/functions/hello`, "POST", { who: "mona" }, KEYS);
  if (!said.includes('"hello":"mona"')) throw new Error(`found ${said} as the answer of the hook`);
  await call(`${own}/classes/Order`, "POST", { amount: 3 }, KEYS);
}
