// biome-ignore-all lint/style/noExcessiveLinesPerFile: one suite over one way of writing scripts; split, it would need its helpers twice.
/** Scripts written for FlexDeploy run unchanged, with its variables, helpers and answers. */
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SharedApp } from "../support/shared-app.ts";
import { tempFolder } from "../support/temp-folder.ts";
import {
  idIn,
  type MessageView,
  type ScriptFolder,
  startTestApp,
  type TestApp,
} from "../support/test-app.ts";

const SECRET = "Gehe¡m";
const fixture = (name: string) => readFileSync(`test/fixtures/flexdeploy/${name}.js`, "utf8");

/** A provider with this match script. Each property reads the variable of its own name. */
const flexProvider = (script: string, properties: readonly string[] = []): ScriptFolder => ({
  json: {
    priority: 1,
    properties: properties.map((name) => ({
      name,
      secret: /SECRET|TOKEN|KEY/.test(name),
      env: name,
    })),
  },
  script,
});

const flexFunction = (script: string, uri = "x"): ScriptFolder => ({
  json: { provider: "flex", uri },
  script,
});

const MATCH_ALL = flexProvider("return true;");

interface Sent {
  readonly provider?: ScriptFolder;
  readonly script: string;
  /** The server of a single test. The shared server has a value for each property. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly uri?: string;
}

const SETTINGS = { HOOKYARD_BASE_PATHS: "/flexdeploy/webhooks/v1" };
const shared = new SharedApp({
  ...SETTINGS,
  GITHUB_SECRET: SECRET,
  GITLAB_SECRET_TOKEN: "token",
  EXTENSION_TOKEN: "t&t",
  EXTENSION_ORIGIN: "https://example.org",
  EXTENSION_ACCOUNT: "yard",
  KEY: SECRET,
  TOKEN: "t",
  TOKEN_PREVIOUS: "old",
  IP_BLOCK: "203.0.113.",
});

/** Posts to `/flexdeploy/webhooks/v1`, like senders that are configured for FlexDeploy. */
async function sent(given: Sent): Promise<MessageView & { readonly answered: number }> {
  if (given.environment === undefined)
    return await sentTo(await shared.with(scriptsOf(given)), given);
  const environment = { ...SETTINGS, ...given.environment };
  await using app = await startTestApp({ ...scriptsOf(given), environment });
  return await sentTo(app, given);
}

const scriptsOf = ({ provider = MATCH_ALL, script, uri = "x" }: Sent) => ({
  providers: { flex: provider },
  functions: { script: flexFunction(script, uri.split("?")[0]) },
});

async function sentTo(
  app: TestApp,
  given: Sent,
): Promise<MessageView & { readonly answered: number }> {
  const uri = given.uri ?? "x";
  const response = await fetch(`${app.url}/flexdeploy/webhooks/v1/${uri}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...given.headers },
    body: new Uint8Array(Buffer.from(given.body ?? "{}")),
  });
  return { ...(await app.ended(await idIn(response))), answered: response.status };
}

/** The result of the only function. */
async function returned(given: Sent): Promise<unknown> {
  const view = await sent(given);
  expect(view.executions[0]?.error).toBeNull();
  return view.executions[0]?.result;
}

const texts = (view: MessageView) =>
  view.executions[0]?.logs.map(({ level, text }) => `${level} ${text}`);

const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  repository: { name: "shop", full_name: "acme/shop" },
});

describe("match scripts", () => {
  const github = flexProvider(fixture("match-github"), ["GITHUB_SECRET"]);
  const signature = (algorithm: string, secret = SECRET) =>
    `${algorithm}=${createHmac(algorithm, secret).update(PUSH).digest("hex")}`;
  const fromGitHub = (headers: Readonly<Record<string, string>>) =>
    sent({
      provider: github,
      script: fixture("function-push"),
      headers: { "user-agent": "GitHub-Hookshot/044aadd", "x-github-event": "push", ...headers },
      body: PUSH,
      uri: "git/push",
    });

  test.each([
    ["SHA1", { "x-hub-signature": signature("sha1") }],
    ["SHA256", { "x-hub-signature-256": signature("sha256") }],
  ])("GitHub's push is matched by its HMAC with %s and built", async (_, headers) => {
    const view = await fromGitHub(headers);
    expect(view).toMatchObject({
      answered: 202,
      status: "SUCCESS",
      provider: "flex",
      message: "Build every project of acme/shop on main",
      executions: [{ result: { repository: "acme/shop", branch: "main" } }],
    });
    expect(view.trace[0]?.logs?.[0]?.text).toContain(`signature of ${view.id}`);
  });

  test.each([
    ["a SHA1 of another secret", { "x-hub-signature": signature("sha1", "other") }],
    ["a SHA256 of another secret", { "x-hub-signature-256": signature("sha256", "other") }],
    ["no signature", {}],
    ["another user agent", { "x-hub-signature": signature("sha1"), "user-agent": "curl/8" }],
  ])("GitHub's push with %s is matched by none", async (_, headers) => {
    expect(await fromGitHub(headers)).toMatchObject({ status: "UNMATCHED", executions: [] });
  });

  test("with no secret set GitHub's script fails, and does not match", async () => {
    const headers = {
      "user-agent": "GitHub-Hookshot/1",
      "x-hub-signature-256": signature("sha256", ""),
    };
    const bare = { script: "return 1;", environment: {} };
    const view = await sent({ ...bare, provider: github, headers, body: PUSH });
    expect(view).toMatchObject({ status: "UNMATCHED", executions: [] });
    expect(view.trace[0]?.error).toMatchObject({ kind: "SCRIPT_ERROR", line: 7 });
  });

  test.each([
    ["the token from the address block", "token", "203.0.113.9", "SUCCESS"],
    ["the token from elsewhere", "token", "198.51.100.1", "UNMATCHED"],
    ["another token", "other", "203.0.113.9", "UNMATCHED"],
  ])("GitLab's push with %s is identified by token and address", async (_, token, from, status) => {
    const view = await sent({
      provider: flexProvider(fixture("match-gitlab"), ["GITLAB_SECRET_TOKEN", "IP_BLOCK"]),
      script: fixture("function-push"),
      headers: {
        "x-gitlab-event": "Push Hook",
        "x-gitlab-token": token,
        "x-forwarded-for": from,
      },
      body: PUSH,
      uri: "git/push?projectId=123",
    });
    const message =
      status === "SUCCESS"
        ? "Build project 123 of acme/shop on main"
        : "no provider matched; nearest: git/push (flex)";
    expect(view).toMatchObject({ status, message });
  });

  test("GitLab's token in the address needs no forwarded header", async () => {
    const view = await sent({
      provider: flexProvider(fixture("match-gitlab"), ["GITLAB_SECRET_TOKEN", "IP_BLOCK"]),
      script: "return FLX_REMOTE_ADDR;",
      environment: { GITLAB_SECRET_TOKEN: "token", IP_BLOCK: "127.0.0." },
      headers: { "x-gitlab-token": "token" },
    });
    expect(view.executions[0]?.result).toBe("127.0.0.1");
  });

  test.each([
    ["yard", "SUCCESS"],
    ["elsewhere", "UNMATCHED"],
  ])("the extension is identified by query, origin and account: %s", async (account, status) => {
    const names = ["EXTENSION_TOKEN", "EXTENSION_ORIGIN", "EXTENSION_ACCOUNT"];
    const view = await sent({
      provider: flexProvider(fixture("match-extension"), names),
      script: 'LOG.setMessage("hello");',
      headers: { origin: "https://example.org" },
      body: JSON.stringify({ client: { account } }),
      uri: "x?token=t%26t",
    });
    expect(view.status).toBe(status);
  });

  test("Teams cards are answered once the function has ended", async () => {
    const card = { provider: flexProvider(fixture("match-teams")), script: "return 1;" };
    const headers = { "flex-sync-webhook": "TeamsTask" };
    expect(await sent({ ...card, headers })).toMatchObject({ answered: 200, status: "SUCCESS" });
    const failing = { ...card, script: 'throw new Error("no");', headers };
    expect(await sent(failing)).toMatchObject({ answered: 500, status: "FAILED" });
    const other = { ...card, headers: { "flex-sync-webhook": "true" } };
    expect(await sent(other)).toMatchObject({ answered: 404, status: "UNMATCHED" });
  });
});

describe("function scripts", () => {
  const branch = (event: string, payload: object) =>
    sent({
      script: fixture("function-branch"),
      headers: { "x-github-event": event },
      body: JSON.stringify({
        ref: "feature/a",
        master_branch: "main",
        repository: { name: "shop" },
        ...payload,
      }),
    });

  test.each([
    ["create", "branch", "Created stream FEATURE-A in shop", { created: "FEATURE-A" }],
    ["delete", "branch", "Retired stream FEATURE-A in shop", { retired: "FEATURE-A" }],
    ["create", "tag", "Ignored: create of a tag", null],
  ])("%s of a %s", async (event, kind, message, result) => {
    expect(await branch(event, { ref_type: kind })).toMatchObject({
      status: "SUCCESS",
      message,
      executions: [{ result }],
    });
  });

  test("an unexpected event fails with the script's own message and position", async () => {
    const view = await branch("fork", { ref_type: "branch" });
    expect(view).toMatchObject({
      status: "FAILED",
      executions: [{ error: { message: "unexpected event fork", line: 18, column: 11 } }],
    });
    expect(texts(view)).toContain("error unexpected event fork");
  });

  test("a new repository on GitHub is processed, with an await in between", async () => {
    const repository = { name: "shop", full_name: "acme/shop", clone_url: "https://example.org/s" };
    const script = fixture("function-repository");
    const body = JSON.stringify({ action: "created", repository });
    const view = await sent({ script, body });
    expect(view).toMatchObject({ status: "SUCCESS", message: "Repository acme/shop is ready" });
    expect(view.executions[0]?.result).toEqual({
      source: { name: "acme_shop", url: "https://example.org/s" },
      project: { name: "shop", source: "acme_shop", branch: "main" },
    });
    expect(texts(view)).toContain("info source entry acme_shop");
    const ignored = await sent({ script, body: JSON.stringify({ action: "deleted", repository }) });
    expect(ignored.message).toBe("Ignored: repository deleted");
  });

  test("a push of Bitbucket is read through lists and maps", async () => {
    const view = await sent({
      script: fixture("function-push"),
      headers: { "x-event-key": "repo:push" },
      body: JSON.stringify({
        repository: { full_name: "acme/shop" },
        push: { changes: [{ new: { name: "main" } }] },
      }),
    });
    expect(view.message).toBe("Build every project of acme/shop on main");
  });

  test("LOG.setMessage fills the message line, and the last one counts", async () => {
    const view = await sent({ script: 'LOG.setMessage("one"); LOG.setMessage("two");' });
    expect(view).toMatchObject({ status: "SUCCESS", message: "two" });
    expect(view.executions[0]?.message).toBe("two");
  });

  test("an error overwrites the message line, and the script's own text stays in the log", async () => {
    const view = await sent({ script: 'LOG.setMessage("going well"); throw new Error("not so");' });
    expect(view.status).toBe("FAILED");
    expect(view.message).toContain("not so");
    expect(view.message).not.toContain("going well");
    expect(texts(view)).toEqual(["info going well"]);
  });

  test("each level of java.util.logging is logged", async () => {
    const levels = ["finest", "finer", "fine", "config", "info", "warning", "severe"];
    const view = await sent({ script: levels.map((one) => `LOG.${one}("${one}");`).join("\n") });
    expect(texts(view)).toEqual([
      "debug finest",
      "debug finer",
      "debug fine",
      "info config",
      "info info",
      "warn warning",
      "error severe",
    ]);
  });

  test("maps are read by dashed key, by name and with get", async () => {
    const result = await returned({
      script: `return [
        HTTP_HEADERS["x-a-b"], HTTP_HEADERS.get("x-a-b"), HTTP_HEADERS.host === HTTP_HEADERS.get("host"),
        PAYLOAD["a-b"], PAYLOAD.c.d, PAYLOAD.get("c").get("d"), PAYLOAD.c["d"], PAYLOAD.get("list")[0].get("e"),
        QUERY_PARAMS.q, QUERY_PARAMS["q"], QUERY_PARAMS.get("q"), QUERY_PARAMS.r,
        PAYLOAD.get("none") === undefined, PAYLOAD.containsKey("c"), PAYLOAD.containsKey("toString"),
        Object.keys(PAYLOAD),
      ];`,
      headers: { "X-A-B": "1" },
      body: '{"a-b":2,"c":{"d":3},"list":[{"e":4}]}',
      uri: "x?q=5&r=6&r=7",
    });
    const keys = ["a-b", "c", "list"];
    expect(result).toEqual(
      ["1", "1", true, 2, 3, 3, 3, 4, "5", "5", "5", ["6", "7"], true, true, false].concat([keys]),
    );
  });

  test("keys named like the methods of a map stay readable, and the methods callable", async () => {
    const script = `return [
      QUERY_PARAMS.get("get"), QUERY_PARAMS.get("q"), QUERY_PARAMS.containsKey("get"), String(QUERY_PARAMS.get),
      HTTP_HEADERS.get("get"), HTTP_HEADERS.get("containskey"), HTTP_HEADERS.get("x-a"), HTTP_HEADERS["get"] + "",
      PAYLOAD.get("get").get("get"), PAYLOAD.get.get("get"), PAYLOAD.get.name, PAYLOAD.get.list[0],
      PAYLOAD.get("containsKey"), PAYLOAD.containsKey("get"), PAYLOAD.containsKey("none"), PAYLOAD.get("name"),
      Object.keys(PAYLOAD), PAYLOAD,
    ];`;
    const payload = {
      get: { get: 5, name: "n", list: [6] },
      containsKey: null,
      name: "outer",
    };
    const result = await returned({
      script,
      headers: { get: "h", containsKey: "c", "x-a": "1" },
      body: JSON.stringify(payload),
      uri: "x?get=1&q=2",
    });
    expect(result).toEqual([
      ...["1", "2", true, "1", "h", "c", "1", "h"],
      ...[5, 5, "n", 6, null, true, false, "outer"],
      ["get", "containsKey", "name"],
      payload,
    ]);
  });

  test("a log line shows the value of a key that is named like a method", async () => {
    const script = "LOG.info(PAYLOAD.get, QUERY_PARAMS.get, () => 1); return 1;";
    const view = await sent({ script, body: '{"get":{"a":1}}', uri: "x?get=q" });
    expect(texts(view)).toEqual(['info {"a":1} q [function]']);
  });

  test("a match script reads maps with keys named like methods, and JSON of any depth", async () => {
    const provider = flexProvider(
      "return QUERY_PARAMS.get('get') === '1' && HTTP_HEADERS.get('get') === 'h' && PAYLOAD.get('get') !== undefined;",
    );
    // Recursion would overflow the stack. More levels could take the 100 ms of CPU time on a busy machine.
    const pairs = 1500;
    const body = `{"get":${'{"a":['.repeat(pairs)}1${"]}".repeat(pairs)}}`;
    const script = `let [part, depth] = [PAYLOAD.get("get"), 0];
      for (; part !== 1; depth += 1) part = part.get("a")[0];
      return depth;`;
    const result = await returned({
      provider,
      script,
      headers: { get: "h" },
      body,
      uri: "x?get=1",
    });
    expect(result).toBe(pairs);
  });

  test.each([
    ["text", "plain words", "text/plain"],
    ["text said to be JSON", '{"a":', "application/json"],
    ["XML", "<a>1</a>", "application/xml"],
  ])("PAYLOAD of %s is that text", async (_, body, type) => {
    const script = "return [PAYLOAD, FLX_PRISTINE_PAYLOAD, typeof FLX_MESSAGE_ID];";
    const result = await returned({ script, body, headers: { "content-type": type } });
    expect(result).toEqual([body, body, "string"]);
  });

  test("properties are variables in match scripts and functions, and an unset one is undefined", async () => {
    const provider = flexProvider('return TOKEN === "t" && UNSET === undefined;', [
      "TOKEN",
      "UNSET",
    ]);
    const script = "return [TOKEN.length, typeof UNSET, typeof TOKEN_PREVIOUS];";
    const result = await returned({ provider, script });
    expect(result).toEqual([1, "undefined", "undefined"]);
  });

  test("a provider whose property has a reserved or invalid name is refused", async () => {
    const names = ["PAYLOAD", "LOG", "HMAC", "FLX_MESSAGE_ID", "JSON", "Object", "undefined"];
    const providers = [...names, "class", "a-b"].map((name, index) => {
      const properties = [{ name, env: "VALUE" }];
      return [`flex-${index}`, { json: { priority: 1, properties }, script: "return true;" }];
    });
    await using app = await startTestApp({
      providers: Object.fromEntries(providers),
      environment: { VALUE: "v" },
    });
    const view = await app.ended(await idIn(await app.send("x")));
    expect(view).toMatchObject({ status: "UNMATCHED", trace: [], executions: [] });
  });
});

const BODIES: Readonly<Record<string, Buffer>> = {
  "every byte": Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  "every byte, backwards": Buffer.from(Array.from({ length: 256 }, (_, byte) => 255 - byte)),
  "a character cut off": Buffer.from("ä€😀").subarray(0, -1),
  "an encoded surrogate": Buffer.from([0x41, 0xed, 0xb2, 0x80, 0x42]),
  "an emoji before junk": Buffer.concat([Buffer.from("😀"), Buffer.from([0x80, 0xff])]),
  "a byte order mark": Buffer.from("\uFEFF{}"),
  "line ends and a zero": Buffer.from("a\r\nb\rc\n\0"),
  "no bytes": Buffer.alloc(0),
};
const ALGORITHMS = ["MD5", "SHA1", "SHA256", "SHA384", "SHA512"];

describe.each(Object.entries(BODIES))("HMAC over %s", (_, body) => {
  const all = ALGORITHMS.map((name) => `HMAC.generateHmac${name}(FLX_PRISTINE_PAYLOAD, KEY)`);
  const expected = ALGORITHMS.map((name) => createHmac(name, SECRET).update(body).digest("hex"));

  test("equals that of node:crypto, in match scripts and in functions", async () => {
    const provider = flexProvider(
      `return JSON.stringify([${all}]) === ${JSON.stringify(JSON.stringify(expected))};`,
      ["KEY"],
    );
    const headers = { "content-type": "application/octet-stream" };
    const script = `return [${all}];`;
    expect(await returned({ provider, script, headers, body })).toEqual(expected);
  });
});

/** Folders with `match.<extension>` and `index.<extension>`, deleted at the end. */
function scriptsIn(extension: string, match: string, index: string): Disposable & { path: string } {
  const path = tempFolder().path;
  const files: readonly (readonly [string, string, object, string])[] = [
    ["providers/flex", "provider", { name: "flex", priority: 1 }, `match.${extension}`],
    [
      "functions/one",
      "function",
      { name: "one", provider: "flex", uri: "x" },
      `index.${extension}`,
    ],
  ];
  for (const [folder, kind, json, script] of files) {
    mkdirSync(join(path, folder), { recursive: true });
    writeFileSync(join(path, folder, `${kind}.json`), JSON.stringify(json));
    writeFileSync(join(path, folder, script), script.startsWith("match") ? match : index);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const PLACES = [
  { extension: "js", where: "the first line", before: "" },
  { extension: "js", where: "a later line", before: "// one\n\n/* 3 */\n" },
  { extension: "ts", where: "the first line", before: "" },
  {
    extension: "ts",
    where: "a later line",
    before: "interface A {\n  b: string;\n}\ntype C = A;\n",
  },
] as const;

describe.each(PLACES)("an error on $where of a .$extension file", ({ extension, before }) => {
  const declared = extension === "ts" ? "const a: number = 1;" : "const a = 1;";
  const broken = `${declared} if (a) throw new Error("here");`;
  const source = `${before}${broken}\nreturn true;\n`;
  const line = before.split("\n").length;
  const column = broken.indexOf("new Error") + 1;

  test("is reported at its position in a function, with the source line", async () => {
    using scripts = scriptsIn(extension, "return true;", source);
    await using app = await startTestApp({ folder: scripts.path });
    const view = await app.ended(await idIn(await app.send("x")));
    const error = view.executions[0]?.error;
    expect(error).toMatchObject({ kind: "SCRIPT_ERROR", message: "here", line, column });
    expect(error?.frame).toContain(`>    ${line} | ${declared}`);
  });

  test("is reported at its position in a match script", async () => {
    using scripts = scriptsIn(extension, source, "return 1;");
    await using app = await startTestApp({ folder: scripts.path });
    const view = await app.ended(await idIn(await app.send("x")));
    expect(view.status).toBe("UNMATCHED");
    expect(view.trace[0]?.error).toMatchObject({ message: "here", line, column });
  });
});

test("a FlexDeploy script can use ctx and event, and may have variables of these names", async () => {
  using scripts = scriptsIn(
    "js",
    "const event = HTTP_HEADERS.get('x-kind'); return event === 'good';",
    "await ctx.kv.set('seen', event.payload.n); const url = new URL('https://example.org/a?b=1');\nreturn [await ctx.kv.get('seen'), url.searchParams.get('b')];",
  );
  await using app = await startTestApp({ folder: scripts.path });
  const headers = { "x-kind": "good" };
  const view = await app.ended(await idIn(await app.send("x", { headers, body: '{"n":7}' })));
  expect(view.executions[0]).toMatchObject({ status: "SUCCESS", result: [7, "1"] });
});
