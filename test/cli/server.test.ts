/** `hookyard doctor`, `send`, help, completion, and the installed command. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FLAGS } from "../../src/cli/server/start.ts";
import { hookyard, hookyardHere } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { fn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const SECRET = "the secret at GitHub";

/** Asked after the shipped providers. */
const UNVERIFIED_OWN = {
  json: { priority: 99, properties: [{ name: "secret", secret: true, env: "OWN_SECRET" }] },
  script:
    'export default (event) => event.uri === "own";\nexport const verify = (event, ctx) => ctx.verify.token({ secret: ctx.properties.secret, header: "x" });',
};

let app: TestApp;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  app = await startTestApp({
    providers: { github: "shipped", slack: "shipped", stripe: "shipped", own: UNVERIFIED_OWN },
    functions: {
      "github-push": "shipped",
      "of-slack": fn("slack", "export default () => 1;", { provider: "slack" }),
      "of-own": fn("own", "export default () => 1;", { provider: "own" }),
    },
    environment: { GITHUB_WEBHOOK_SECRET: SECRET },
  });
  environment = {
    HOOKYARD_PORT: new URL(app.url).port,
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_MATCH_TIMEOUT_MS: "20000",
    HOOKYARD_SANDBOX_PROCESSES: "1",
    HOOKYARD_DATA_DIR: join(app.folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(app.folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(app.folder, "functions"),
    GITHUB_WEBHOOK_SECRET: SECRET,
  };
});
afterAll(() => app[Symbol.asyncDispose]());

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly found: string;
  readonly remedy?: string;
}

async function findings(
  changes: Readonly<Record<string, string>> = {},
  ...options: readonly string[]
) {
  const doctor = ["doctor", "--json", ...options];
  const { code, out } = await hookyardHere(doctor, { ...environment, ...changes });
  const { items }: { readonly items: readonly Finding[] } = JSON.parse(out);
  return { code, of: (check: string) => items.find((one) => one.check === check) };
}

describe("doctor", () => {
  test("finds a set-up that works, and says which secrets are missing", async () => {
    const { code, of } = await findings();
    expect(code).toBe(0);
    for (const check of ["Node", "settings", "data directory", "port", "server", "token", "clock"])
      expect(of(check), check).toMatchObject({ state: "ok" });
    expect(of("secrets")).toMatchObject({
      state: "warning",
      // Stripe has no function, so it needs no secret. A provider of the operator comes first.
      found:
        "none for own (OWN_SECRET), slack (SLACK_WEBHOOK_SECRET): their messages are not verified",
    });
    expect(of("unverified messages")).toMatchObject({ state: "ok" });
    expect(of("server settings")).toMatchObject({ state: "ok" });
  });

  test("names settings and variables that the running server does not have", async () => {
    const { code, of } = await findings({
      HOOKYARD_RETENTION_DAYS: "3",
      HOOKYARD_PUBLIC_URL: "https://someone:secret@hooks.example.org",
      SLACK_WEBHOOK_SECRET: "set-too-late",
    });
    expect(code).toBe(0);
    const found = of("server settings")?.found ?? "";
    expect(found).toContain("HOOKYARD_RETENTION_DAYS is 3 here and 7 in the running server");
    expect(found).toContain("HOOKYARD_PUBLIC_URL is set here and not set in the running server");
    expect(found).not.toContain("someone");
    expect(of("variables")?.found).toBe(
      "SLACK_WEBHOOK_SECRET: set here, and the server does not have it",
    );
  });

  test("says where the server of this data directory listens, if another URL is called", async () => {
    const nowhere = await findings({ HOOKYARD_PORT: "9" });
    const { port } = new URL(app.url);
    expect(nowhere.of("running server")).toMatchObject({
      state: "warning",
      found: expect.stringContaining(`listens on port ${port}; not at http://127.0.0.1:9`),
      remedy: expect.stringContaining(`HOOKYARD_PORT=${port}`),
    });
    await using other = await startTestApp({ providers: {}, functions: {} });
    const elsewhere = await findings({ HOOKYARD_PORT: new URL(other.url).port });
    expect(elsewhere.of("running server")?.found).toContain("is another one");
  });

  test("says what to do about a file that others can read", async () => {
    const database = join(app.folder, "data", "hookyard.db");
    chmodSync(database, 0o644);
    const { of } = await findings();
    chmodSync(database, 0o600);
    expect(of("database file")).toMatchObject({
      state: "warning",
      remedy: expect.stringContaining(`chmod 600 ${database}`),
    });
  });

  test("ends with 1 for a broken script on the server or here, a wrong setting and a wrong token", async () => {
    const wrongToken = await findings({ HOOKYARD_ADMIN_TOKEN: "not-the-right-token" }, "--remote");
    expect(wrongToken.code).toBe(1);
    expect(wrongToken.of("token")).toMatchObject({ state: "problem" });
    const wrongSetting = await findings({ HOOKYARD_RETENTION_DAYS: "week" });
    expect(wrongSetting.code).toBe(1);
    expect(wrongSetting.of("settings")?.found).toContain("HOOKYARD_RETENTION_DAYS");
    app.writeFunction("broken", {
      json: { provider: "github", uri: "x" },
      script: "export default (",
    });
    // The server reports it after it has read the file; the local check reports it at once.
    await expect.poll(async () => (await app.api("/functions/broken")).status).toBe(200);
    const onServer = await findings({}, "--remote");
    expect(onServer.code).toBe(1);
    expect(onServer.of("script of broken")).toMatchObject({ state: "problem" });
    const here = await findings({ HOOKYARD_URL: "http://127.0.0.1:9" });
    expect(here.code).toBe(1);
    expect(here.of("scripts")).toMatchObject({ state: "problem" });
  });

  test("an unknown setting, or one that the command cannot use, is reported as a problem", async () => {
    for (const [name, value, ...options] of [
      ["HOOKYARD_FOO", "1"],
      ["HOOKYARD_FOO", "1", "--remote"],
      ["HOOKYARD_URL", "nowhere"],
    ] as const) {
      const { code, of } = await findings({ [name]: value }, ...options);
      expect(code).toBe(1);
      expect(of("settings")).toMatchObject({
        state: "problem",
        found: expect.stringContaining(name),
      });
    }
  });

  test("a message whose URI is near that of a function is a warning", async () => {
    expect((await findings()).of("unmatched messages")).toMatchObject({ state: "ok" });
    await app.send("wp-login.php");
    await app.send("git/psuh");
    expect((await findings()).of("unmatched messages")).toMatchObject({
      state: "warning",
      found: "no function ran on messages of the last day: git/psuh is near git/push (github)",
    });
  });

  test("a port that another program uses is a problem", async () => {
    // The test server uses this port; `doctor` checks another URL.
    const { of } = await findings({ HOOKYARD_URL: "http://127.0.0.1:9" });
    expect(of("port")).toMatchObject({ state: "problem" });
    expect(of("server")).toMatchObject({ state: "warning" });
  });
});

describe("doctor, on a server that does not run", () => {
  const stopped = (folder: string) => ({
    HOOKYARD_URL: "http://127.0.0.1:9",
    HOOKYARD_DATA_DIR: join(folder, "data"),
  });

  test("creates no files, and names the files that a start creates", async () => {
    using folder = tempFolder();
    const { of } = await findings(stopped(folder.path));
    expect(of("data directory")?.found).toContain("is made at the first start");
    expect(readdirSync(folder.path)).toEqual([]);
    const elsewhere = { cwd: folder.path, environment: stopped(folder.path) };
    const { code, err } = await hookyard(["rotate-key"], elsewhere);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("there is no database"),
    });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("reports a file that is no database, and secrets with a missing key", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "data");
    {
      await using own = await startTestApp({
        providers: { github: "shipped" },
        environment: { HOOKYARD_DATA_DIR: path },
      });
      const value = { method: "PUT", body: JSON.stringify({ value: SECRET }) };
      expect((await own.api("/providers/github/properties/secret", value)).ok).toBe(true);
    }
    expect((await findings(stopped(folder.path))).of("database")).toMatchObject({ state: "ok" });
    rmSync(join(path, "secret.key"));
    const { code, of } = await findings(stopped(folder.path));
    expect(code).toBe(1);
    expect(of("key of secrets")).toMatchObject({
      state: "problem",
      found: expect.stringContaining("secret.key is missing"),
    });
    writeFileSync(join(path, "hookyard.db"), "no database at all");
    expect((await findings(stopped(folder.path))).of("database")).toMatchObject({
      state: "problem",
      found: expect.stringContaining("cannot be read"),
    });
  });
});

test.each([
  ["HOOKYARD_PORT", "abc"],
  ["HOOKYARD_PORT", "-1"],
  ["HOOKYARD_PORT", "99999"],
  ["HOOKYARD_PORT", ""],
  ["HOOKYARD_HOST", "a b"],
  ["HOOKYARD_HOST", ""],
])("%s=%s is a usage error that names the setting", async (name, value) => {
  const { code, err } = await hookyardHere(["messages", "list"], { [name]: value });
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(name) });
  expect(err).not.toContain("    at ");
});

test.runIf(existsSync("/dev/full"))("output to a full disk gives a readable error", () => {
  const { status, stderr } = spawnSync("src/cli/hookyard.sh", ["help"], {
    stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^hookyard: standard output cannot be written: ENOSPC.*\n$/),
  });
});

describe("send", () => {
  test("a sample signed with the server's secret runs its functions; with another it is refused", async () => {
    const args = ["send", "github", "--json"];
    for (const options of [["--wait"], ["--sync", "--secret-env", "GITHUB_WEBHOOK_SECRET"]]) {
      const right = await hookyardHere([...args, ...options], environment);
      expect(JSON.parse(right.out)).toMatchObject({
        sample: "github/push",
        status: 200,
        answer: { status: "SUCCESS", functions: [{ name: "github-push", status: "SUCCESS" }] },
      });
    }
    const { GITHUB_WEBHOOK_SECRET: _, ...without } = environment;
    const wrong = await hookyardHere(args, without);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject({ status: 401 });
    expect(wrong.err).toContain("name it: --secret-env <variable>");
  });

  test("usage errors: a provider without samples, an unknown sample, a variable that is not set", async () => {
    for (const [args, said] of [
      [["nobody"], 'found no samples of "nobody"'],
      [["github", "--sample", "pushh"], "expected one of "],
      [["github", "--secret-env", "NOT_SET"], "the variable NOT_SET is not set"],
    ] as const) {
      const { code, err } = await hookyardHere(["send", ...args], environment);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(said) });
    }
  });
});

test("with --json a usage error is printed as JSON", async () => {
  const { code, err } = await hookyardHere(["messages", "lst", "--json"]);
  expect(code).toBe(2);
  expect(err).toContain('{"code":"usage","detail":"unknown command');
});

test("completes commands and options", async () => {
  const { out } = await hookyard(["complete", "--", "messages", "re"]);
  expect(out).toMatch(/^resubmit\t/m);
  expect((await hookyard(["complete", "bash"])).out).toContain("complete -F");
});

test("the command starts the server with the flags of npm start", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(scripts.start).toMatch(new RegExp(` exec node ${FLAGS.join(" ")} src/main.ts$`));
});
