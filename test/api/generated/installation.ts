/** The server that generated calls are sent to, and what is there to be named. */
import {
  ANYTHING,
  fn,
  idIn,
  type TestApp,
  type TestAppOptions,
  TOKEN,
} from "../../support/test-app.ts";
import type { Target } from "./explorer.ts";

const REGION = { name: "region" };

export const installation: TestAppOptions = {
  providers: {
    anything: { ...ANYTHING, json: { priority: 1, properties: [REGION] } },
    github: { json: { priority: 2 }, script: "export default () => false;" },
    gitlab: { json: { priority: 3 }, script: "export default () => false;" },
  },
  functions: { hello: fn("in", "export default () => 'hello';") },
};

export async function targetOf({ url, send, ended }: TestApp): Promise<Target> {
  const id = await idIn(await send("in", { body: "{}" }));
  await ended(id);
  const known = {
    id: [id],
    messageId: [id],
    name: ["hello", "anything", "new", "other"],
    property: ["region"],
    number: ["1"],
    provider: ["anything"],
    function: ["hello"],
    functions: [["hello"]],
    names: [["github", "gitlab"]],
    order: [["gitlab", "github"]],
    uri: ["in", "a/:b"],
    script: ["export default () => true;", "export default () => 1;"],
    dryRun: [true],
    last: [0, 1],
    timeoutMs: [100],
  };
  return { url, token: TOKEN, known };
}
