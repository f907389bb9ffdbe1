/** Sets secrets over the API and uses them, then searches all files, logs and answers for them. */
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { childrenOf, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

let folder: string;
beforeEach(() => {
  folder = tempFolder().path;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FILES = {
  "providers/acme/provider.json": JSON.stringify({
    name: "acme",
    priority: 1,
    properties: [{ name: "secret", secret: true }],
  }),
  "providers/acme/match.ts": `export default (event) => event.headers["x-acme"] !== undefined;
export const verify = (event, ctx) => ctx.verify.hmac({ secret: ctx.properties.secret, header: "x-acme" });`,
  "functions/show/function.json": JSON.stringify({ name: "show", provider: "acme", uri: "x" }),
  "functions/show/index.ts": `export default (event, ctx) => {
  ctx.log.info("the secret is " + ctx.properties.secret);
  return ctx.properties;
};`,
};

test("no secret is in plain text in files, logs, answers, or arguments and environment of children", {
  timeout: 60_000,
}, async () => {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const secrets = ["alpha", "beta", "gamma"].map(
    (name) => `${name}-${randomBytes(9).toString("hex")}`,
  );
  const key = randomBytes(32).toString("base64");
  const server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_SECRET_KEY: key,
    HOOKYARD_LOG_LEVEL: "trace",
  });
  const answers: string[] = [];
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    answers.push(text);
    return text;
  };
  try {
    const [alpha = "", beta = "", gamma = ""] = secrets;
    await call("PUT", "/providers/acme/properties/secret", { values: [alpha, beta] });
    await call("PUT", "/providers/acme/properties/secret", { values: [gamma, alpha] });
    const made = await call("POST", "/tokens", { name: "t", permissions: ["messages:read"] });
    const { token } = JSON.parse(answers.pop() ?? made);
    const body = '{"a":1}';
    const headers = {
      "x-acme": createHmac("sha256", gamma).update(body).digest("hex"),
      "flex-sync-webhook": "true",
    };
    const sent = await fetch(`${server.url}/webhooks/v1/x`, { method: "POST", body, headers });
    expect(sent.status).toBe(200);
    const { messageId } = (await sent.json()) as { messageId: string };
    for (const path of [`/messages/${messageId}`, "/providers", "/providers/acme", "/audit"])
      await call("GET", path);
    await call("GET", "/providers/acme/versions");
    await call("POST", "/test-runs", { function: "show", messageId });
    const children = childrenOf(server.pid);
    expect(children.length).toBeGreaterThan(0);
    const started = children.flatMap((pid) =>
      ["environ", "cmdline"].map((name) => readFileSync(`/proc/${pid}/${name}`, "latin1")),
    );
    const own = readFileSync(`/proc/${server.pid}/cmdline`, "latin1");
    const data = join(folder, "data");
    const files = () => readdirSync(data).map((name) => readFileSync(join(data, name), "latin1"));
    const whileRunning = files();
    expect(readdirSync(data)).toContain("hookyard.db-wal");
    expect(await server.end("SIGTERM")).toBe(0);
    const everything = [...answers, ...started, own, ...whileRunning, ...files(), server.output()];
    for (const secret of [...secrets, key, TOKEN, token]) {
      const encodings = [
        secret,
        Buffer.from(secret).toString("base64"),
        Buffer.from(secret).toString("hex"),
      ];
      for (const text of everything)
        for (const encoded of encodings) expect(text.includes(encoded)).toBe(false);
    }
    // The search finds the name of the property and the masked result, so it works.
    expect(whileRunning.some((text) => text.includes("property.set"))).toBe(true);
    expect(answers.some((text) => text.includes("[secret]"))).toBe(true);
  } finally {
    server.process.kill("SIGKILL");
  }
});
