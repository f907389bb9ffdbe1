/** Messages are resubmitted to their original script versions, also after these were changed or deleted. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { idIn, type MessageView, startTestApp, type TestApp } from "../support/test-app.ts";

const shared = new SharedApp();

const MATCH = `export default (event) => event.headers["x-acme"] !== undefined;
export const deliveryId = (event) => event.headers["x-acme"];`;
const acme = { json: { priority: 10, dedupe: 600 }, script: MATCH };
const greet = (word: string) => ({
  json: { provider: "acme", uri: "in/:who" },
  script: `export default (event) => ${JSON.stringify(word)} + " " + event.params.who;`,
});

const startAcme = (options: { readonly folder?: string } = {}) =>
  startTestApp({ ...options, providers: { acme }, functions: { greet: greet("hello") } });

async function send(app: TestApp, delivery: string): Promise<MessageView> {
  return app.ended(await idIn(await app.send("in/ann", { headers: { "x-acme": delivery } })));
}

async function resubmit(app: TestApp, id: string, wishes: object = {}) {
  const response = await app.api(`/messages/${id}/resubmit`, {
    method: "POST",
    body: JSON.stringify({ scripts: "original", ...wishes }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, string> };
}

async function copyOf(app: TestApp, id: string, wishes: object = {}): Promise<MessageView> {
  const { status, json } = await resubmit(app, id, wishes);
  expect({ status, json }).toMatchObject({ status: 202 });
  return app.ended(json["messageId"] ?? "");
}

/** Waits until the change of a file is active. */
async function changed(app: TestApp, path: string, isThere: (json: object) => boolean) {
  await expect.poll(async () => isThere((await (await app.api(path)).json()) as object)).toBe(true);
}

const without = async (app: TestApp, kind: string, name: string) => {
  rmSync(join(app.folder, kind, name), { recursive: true });
  await changed(app, `/${kind}/${name}`, (json) => "status" in json && json.status === 404);
};

test("the provider and the function may have been deleted since", async () => {
  await using app = await startAcme();
  const first = await send(app, "d-1");
  await without(app, "functions", "greet");
  await without(app, "providers", "acme");
  expect(await copyOf(app, first.id, { scripts: "current" })).toMatchObject({
    status: "UNMATCHED",
  });
  const copy = await copyOf(app, first.id);
  expect(copy).toMatchObject({ status: "SUCCESS", executions: [{ result: "hello ann" }] });
  expect(copy.trace[0]?.version).toBe(first.trace[0]?.version);
  const limited = await copyOf(app, first.id, { functions: ["greet"] });
  expect(limited).toMatchObject({ executions: [{ result: "hello ann" }] });
  expect(await resubmit(app, first.id, { functions: ["none"] })).toMatchObject({ status: 422 });
});

test("a copy of a copy uses the same versions, also in bulk", async () => {
  await using app = await startAcme();
  const first = await send(app, "d-1");
  app.writeFunction("greet", greet("bye"));
  await changed(app, "/functions/greet", (json) => JSON.stringify(json).includes("bye"));
  const copy = await copyOf(app, first.id);
  expect(await copyOf(app, copy.id)).toMatchObject({ executions: [{ result: "hello ann" }] });
  const bulk = async (wishes: object) => {
    const body = JSON.stringify({ provider: "acme", ...wishes });
    const response = await app.api("/messages/resubmit", { method: "POST", body });
    expect(await response.json()).toMatchObject({ dryRun: false });
    const { items } = (await (await app.api("/messages?limit=1")).json()) as {
      items: readonly { id: string }[];
    };
    return (await app.ended(items[0]?.id ?? "")).executions[0]?.result;
  };
  expect(await bulk({ scripts: "original" })).toBe("hello ann");
  expect(await bulk({})).toBe("bye ann");
});

test("a duplicate, which ran nothing, is resubmitted to the versions that were active then", async () => {
  const folder = tempFolder().path;
  let duplicate: MessageView;
  {
    await using app = await startAcme({ folder });
    await send(app, "d-1");
    duplicate = await send(app, "d-1");
    expect(duplicate).toMatchObject({ status: "DUPLICATE", executions: [] });
  }
  // The files change while no server runs.
  await using app = await startTestApp({ folder, functions: { greet: greet("bye") } });
  expect(await copyOf(app, duplicate.id, { scripts: "current" })).toMatchObject({
    executions: [{ result: "bye ann" }],
  });
  expect(await copyOf(app, duplicate.id)).toMatchObject({ executions: [{ result: "hello ann" }] });
  rmSync(folder, { recursive: true });
});

test("an edited copy that its provider does not match goes to the next provider of that time", async () => {
  const other = { json: { priority: 20 }, script: "export default () => true;" };
  const app = await shared.with({ providers: { acme, other } });
  const first = await send(app, "d-1");
  expect(first.trace.map(({ provider }) => provider)).toEqual(["acme"]);
  await without(app, "providers", "other");
  const copy = await copyOf(app, first.id, { headers: { "x-acme": null } });
  expect(copy).toMatchObject({ provider: "other", edited: true });
});

test("a copy that runs again finds its versions after the original message was removed", async () => {
  const twice = (word: string) => ({
    json: { provider: "acme", uri: "in", retry: { maxAttempts: 2, backoffMs: 1000 } },
    script: `export default (event) => {
      if (event.attempt === 1) throw new Error("again");
      return ${JSON.stringify(word)};
    };`,
  });
  const app = await shared.with({
    providers: { acme },
    functions: { twice: twice("then") },
  });
  const id = await idIn(await app.send("in", { headers: { "x-acme": "d-1" } }));
  expect(await app.ended(id)).toMatchObject({ executions: [{ result: "then" }] });
  app.writeFunction("twice", twice("now"));
  await changed(app, "/functions/twice", (json) => JSON.stringify(json).includes("now"));
  const { json } = await resubmit(app, id);
  const sqlite = new Database(join(app.folder, "data", "hookyard.db"), { timeout: 5000 });
  sqlite.pragma("foreign_keys = ON");
  expect(sqlite.prepare("DELETE FROM message WHERE id = ?").run(id).changes).toBe(1);
  sqlite.close();
  expect(await app.ended(json["messageId"] ?? "")).toMatchObject({
    status: "SUCCESS",
    executions: [{ result: "then", attempts: [{ number: 1 }, { number: 2 }] }],
  });
});

test("a version that is no longer stored is named, and the message is not resubmitted", async () => {
  await using app = await startAcme();
  const first = await send(app, "d-1");
  app.writeFunction("greet", greet("bye"));
  await changed(app, "/functions/greet", (json) => JSON.stringify(json).includes("bye"));
  const sqlite = new Database(join(app.folder, "data", "hookyard.db"), { timeout: 5000 });
  sqlite.prepare("DELETE FROM script_version WHERE kind = 'function'").run();
  sqlite.close();
  const { status, json } = await resubmit(app, first.id);
  expect({ status, code: json["code"] }).toEqual({ status: 409, code: "conflict" });
  expect(json["detail"]).toContain(`version ${first.executions[0]?.version} of function greet`);
  const list = (await (await app.api("/messages")).json()) as { items: readonly unknown[] };
  expect(list.items).toHaveLength(1);
});
