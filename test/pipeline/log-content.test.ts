/** The server's own log names messages and events, but never the content of a message, a header or a secret. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { loggable } from "../../src/logger.ts";
import { head, rawClient } from "../support/raw-client.ts";
import { startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

// The limits allow a machine that is five times slower.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** Part of every text that must not be in the log. */
const MARK = "hush-hush";
const TOKEN = `a-token-${MARK}`;
/** Differs from `MARK`: a secret is masked in texts of scripts, which could hide other leaks. */
const PROPERTY = "top-drawer";

const MATCH = `
export default (event) => {
  console.log(event.headers.authorization);
  if (event.uri === "match-throws") throw new Error(event.rawBody + event.headers.cookie);
  return event.uri !== "unmatched";
};
export const verify = (event, ctx) => {
  if (event.uri === "verify-throws") throw new TypeError(event.headers.authorization);
  return event.uri === "forged" ? { ok: false, reason: event.headers["x-hub-signature-256"] + ctx.properties.secret } : true;
};
export const handshake = (event) => (event.uri === "handshake" ? { status: 200, body: event.rawBody } : undefined);
export const eventType = (event) => event.payload.kind;
`;

const FUNCTION = `
export default async (event, ctx) => {
  const secret = JSON.stringify([event.headers, event.rawBody, ctx.properties]);
  console.error(secret);
  ctx.setMessage(secret);
  if (event.uri.endsWith("throws")) {
    const error = new Error(secret);
    error.name = event.payload.kind;
    throw error;
  }
  if (event.uri.endsWith("reaches")) await ctx.http.fetch("https://" + event.payload.kind + ".example/?" + event.payload.kind);
  if (event.uri.endsWith("parses")) JSON.parse(event.payload.kind);
  if (event.uri.endsWith("remembers")) await ctx.kv.set(secret.repeat(200), secret);
  if (event.uri.endsWith("bloats")) { const all = []; for (;;) all.push(secret + all.length); }
  if (event.uri.endsWith("loops")) for (;;) secret.includes("x");
  return secret;
};
`;

const URIS = [
  "unmatched match-throws verify-throws forged handshake",
  "run/fine run/throws run/reaches run/parses run/remembers run/bloats run/loops",
].flatMap((line) => line.split(" "));

test("at the most detailed level the log contains no secret", async () => {
  const folder = tempFolder().path;
  const files = {
    "providers/p/provider.json": JSON.stringify({
      name: "p",
      priority: 1,
      verification: "enforce",
      properties: [{ name: "secret", secret: true, env: "P_SECRET" }],
    }),
    "providers/p/match.ts": MATCH,
    "functions/f/function.json": JSON.stringify({
      name: "f",
      provider: "p",
      uri: "run/*",
      cpuMs: 300,
    }),
    "functions/f/index.ts": FUNCTION,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_LOG_LEVEL: "trace",
    HOOKYARD_MAX_BODY_BYTES: "100000",
    P_SECRET: PROPERTY,
  });
  try {
    const headers = {
      authorization: `Basic ${MARK}`,
      cookie: `session=${MARK}`,
      "x-hub-signature-256": `sha256=${MARK}`,
      "content-type": "application/json",
      "flex-sync-webhook": "true",
    };
    const body = JSON.stringify({ kind: MARK });
    const send = (uri: string, init: RequestInit = {}) =>
      fetch(`${server.url}/webhooks/v1/${uri}?token=${MARK}`, {
        method: "POST",
        headers,
        body,
        ...init,
      });
    await Promise.all(URIS.map((uri) => send(uri)));
    await send("run/fine", { body: MARK.repeat(20_000) });
    await send(`%zz${MARK}`);
    await fetch(`${server.url}/${MARK}`, { headers });
    const api = (path: string, init: RequestInit = {}, token = TOKEN) =>
      fetch(`${server.url}/api/v1${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
    await api("/messages", {}, MARK);
    await api(`/messages?q=${MARK}&status=${MARK}`);
    await api("/messages/resubmit", { method: "POST", body: `{"status": ${MARK}` });
    await api("/messages/resubmit", { method: "POST", body: '{"status":"FAILED"}' });
    using half = await rawClient(server.url, `${head("x", "Content-Length: 1000")}${MARK}`);
    half.socket.resetAndDestroy();
    await rawClient(server.url, `POST ${MARK}\r\n\r\n`);
    await server.end("SIGTERM");
    const output = server.output();
    for (const seen of [
      "verification failed",
      "match script failed",
      "function failed",
      "message stored",
      "stopped",
    ])
      expect(output).toContain(seen);
    expect(
      output.split("\n").filter((line) => line.includes(MARK) || line.includes(PROPERTY)),
    ).toEqual([]);
    const lines = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { msg: string; messageId?: string });
    const ofMessages = lines.filter(({ msg }) =>
      /^(?:verification|match script|function|message)\b/.test(msg),
    );
    expect(ofMessages.length).toBeGreaterThan(15);
    for (const line of ofMessages) expect(line.messageId, line.msg).toMatch(/^[\da-f-]{36}$/);
  } finally {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

test("at the default level, many equal failures are one line", async () => {
  const folder = tempFolder().path;
  for (const path of ["providers/p", "functions/f"])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(
    join(folder, "providers/p/provider.json"),
    '{"name":"p","priority":1,"verification":"enforce"}',
  );
  writeFileSync(
    join(folder, "providers/p/match.ts"),
    "export default () => true;\nexport const verify = (event) => event.uri !== 'forged';\n",
  );
  writeFileSync(join(folder, "functions/f/function.json"), '{"name":"f","provider":"p","uri":"x"}');
  writeFileSync(
    join(folder, "functions/f/index.ts"),
    "export default () => { throw new Error('no'); };",
  );
  const server = await startServer({
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_STRANGER_RATE: "10",
  });
  try {
    const headers = { "flex-sync-webhook": "true" };
    const send = async (uri: string) =>
      (await fetch(`${server.url}/webhooks/v1/${uri}`, { method: "POST", headers })).status;
    for (let n = 0; n < 20; n++) expect(await send("x")).toBe(500);
    for (let n = 0; n < 20; n++) expect([401, 429]).toContain(await send("forged"));
    await server.end("SIGTERM");
    const count = (text: string) => server.output().split(text).length - 1;
    expect(count("function failed")).toBe(1);
    expect(count("verification failed")).toBe(1);
    expect(count("requests are refused: overload")).toBe(1);
    expect(count("message stored")).toBe(0);
  } finally {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

test("only those parts of an error are logged that cannot contain a message", () => {
  const inner = Object.assign(new SyntaxError(`Unexpected token in ${MARK}`), { body: MARK });
  const error = Object.assign(new Error("it could not be read", { cause: inner }), {
    code: "E_READ",
    headers: { cookie: MARK },
  });
  const logged = loggable(error);
  expect(logged).toMatchObject({ type: "Error", code: "E_READ", message: "it could not be read" });
  expect(logged.cause?.type).toBe("SyntaxError");
  expect(logged.at[0]).toContain("log-content.test.ts");
  expect(JSON.stringify([logged, loggable({ body: MARK })])).not.toContain(MARK);
});
