/** `hookyard messages …` against a real server. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ListedMessage } from "../../src/cli/answers.ts";
import { commandFor, commandHere, hookyard, type Ran } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp, type TestApp, TOKEN } from "../support/test-app.ts";

const FAILS = `export default (event, ctx) => {
  ctx.log.info("about to fail");
  throw new Error("no such " + event.payload.thing);
};
`;

let app: TestApp;
let run: (...args: readonly string[]) => Promise<Ran>;
let good: string;
let bad: string;

beforeAll(async () => {
  app = await startTestApp({
    providers: { anything: ANYTHING },
    functions: { greet: fn("good", "export default () => 'hello';\n"), fail: fn("bad", FAILS) },
  });
  run = (...args) => commandHere(app, ...args);
  good = await idIn(await app.send("good", { body: "\u0000\u00ff\u001b[2Jraw" }));
  bad = await idIn(await app.send("bad", { body: JSON.stringify({ thing: "\u001b[31mbranch" }) }));
  await Promise.all([app.ended(good), app.ended(bad)]);
});
afterAll(() => app[Symbol.asyncDispose]());

describe("list", () => {
  test("prints a table, newest first, without colours unless it writes to a terminal", async () => {
    const { code, out } = await run("messages", "list");
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^RECEIVED +ID +STATUS/);
    expect(lines[1]).toContain(`${bad}  FAILED `);
    expect(lines[2]).toContain(`${good}  SUCCESS`);
    expect(out).not.toContain("\u001b");
  });

  test("takes the filters of the API and answers in JSON", async () => {
    const { out } = await run("messages", "list", "--status", "FAILED", "--from", "1h", "--json");
    const { items, nextCursor } = JSON.parse(out);
    expect(items.map(({ id }: { id: string }) => id)).toEqual([bad]);
    expect(nextCursor).toBeNull();
  });

  test("exits with 2 for an invalid time and an unknown status", async () => {
    const wrongTime = await run("messages", "list", "--from", "yesterday");
    expect(wrongTime).toMatchObject({ code: 2, out: "" });
    expect(wrongTime.err).toContain('found "yesterday", expected a time such as');
    const wrongStatus = await run("messages", "list", "--status", "BROKEN");
    expect(wrongStatus.code).toBe(2);
    expect(wrongStatus.err).toContain("Allowed choices are PENDING, SUCCESS, FAILED");
  });
});

describe("show", () => {
  test("prints the match trace, the executions, the log, and the error with its frame", async () => {
    const { code, out } = await run("messages", "show", bad);
    expect(code).toBe(0);
    expect(out).toMatch(/^POST \/webhooks\/v1\/bad {2}FAILED$/m);
    expect(out).toMatch(/^ {2}yes {2}anything/m);
    expect(out).toContain("info  about to fail");
    expect(out).toContain("SCRIPT_ERROR at 3:9: Error: no such");
    expect(out).toMatch(/throw new Error/);
  });

  test("has a line for the URIs of functions near that of an unmatched message", async () => {
    const astray = await idIn(await app.send("goood"));
    await app.ended(astray);
    expect((await run("messages", "show", astray)).out).toMatch(
      /^ {2}nearest +good \(anything\)$/m,
    );
    expect((await run("messages", "show", good)).out).not.toContain("nearest");
  });

  test("control characters from a sender do not reach the terminal", async () => {
    const { out } = await run("messages", "show", bad);
    expect(out).not.toContain("\u001b");
    expect(out).toContain("no such \\u001b[31mbranch");
  });

  test("reports an unknown id and how to find the right one, as text and as JSON", async () => {
    const asText = await run("messages", "show", "nope");
    expect(asText).toMatchObject({ code: 1, out: "" });
    expect(asText.err).toMatch(/^hookyard: .*\(404\): there is no message "nope"/);
    const asJson = await run("messages", "show", "nope", "--json");
    expect(JSON.parse(asJson.err)).toMatchObject({ status: 404, code: "not_found" });
  });
});

test("a list cuts texts for a terminal only", async () => {
  const problem = `the key ${"k".repeat(300)}`;
  const json = { provider: "anything", uri: "x", [problem]: 1 };
  app.writeFunction("long", { json, script: "export default () => 1;" });
  const listed = async () => (await run("functions", "list")).out;
  await expect.poll(listed).toContain(problem);
  rmSync(join(app.folder, "functions/long"), { recursive: true });
  const uri = `${"long-".repeat(30)}uri`;
  const following = run("messages", "follow", "--count", "1", "--uri", uri);
  const stop = setInterval(() => void app.send(uri), 100);
  const { out } = await following;
  clearInterval(stop);
  expect(out).toContain(uri);
});

test("body writes the exact bytes, and only to a file that does not exist", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "body");
  expect(await run("messages", "body", good, "-o", file)).toMatchObject({ code: 0 });
  expect(readFileSync(file, "utf8")).toBe("\u0000\u00ff\u001b[2Jraw");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await run("messages", "body", good, "-o", file);
  expect(again.code).toBe(2);
  expect(again.err).toContain("is there already");
  expect((await run("messages", "body", good)).out).toBe("\u0000\u00ff\u001b[2Jraw");
});

const made = async (path: string, definition: object) => {
  const response = await app.api(path, { method: "POST", body: JSON.stringify(definition) });
  expect(await response.json()).toMatchObject({ problem: null });
};

describe("resubmit", () => {
  test("exits with 0 when the execution succeeds and with 1 when it fails, under --wait", async () => {
    const fine = await run("messages", "resubmit", good, "--wait");
    expect(fine.code).toBe(0);
    expect(fine.out).toMatch(/ {2}SUCCESS\n {2}SUCCESS {3}greet\n$/);
    const failed = await run("messages", "resubmit", bad, "--wait", "--json");
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toMatchObject({ status: "FAILED" });
  });

  test("counts all messages of a filter, asks first, and does not ask with --yes", async () => {
    const filter = ["--uri", "good", "--to", "0s"];
    const counted = await run("messages", "resubmit", ...filter, "--dry-run", "--json");
    const { count } = JSON.parse(counted.out);
    expect(count).toBeGreaterThan(0);
    const unasked = await run("messages", "resubmit", ...filter);
    expect(unasked.code).toBe(2);
    expect(unasked.err).toMatch(/Resubmit \d+ messages?\? .*--yes/);
    const done = await run("messages", "resubmit", ...filter, "--yes", "--json");
    expect(JSON.parse(done.out)).toMatchObject({ dryRun: false, count });
    // Messages that have a copy are left out the next time, unless --again is given.
    const again = (...more: readonly string[]) =>
      run("messages", "resubmit", ...filter, "--dry-run", "--json", ...more);
    expect(JSON.parse((await again("--again")).out).count).toBeGreaterThanOrEqual(2 * count);
    expect(JSON.parse((await again()).out).count).toBe(count);
  });

  test("refuses options of a filter for a single message", async () => {
    for (const args of [
      [good, "--dry-run"],
      [good, "--again"],
    ]) {
      const { code, out } = await run("messages", "resubmit", ...args, "--yes");
      expect({ code, out }, args.join(" ")).toEqual({ code: 2, out: "" });
    }
  });

  test("exits with 1 when the message is rejected again", async () => {
    // The name sorts before that of the provider that matches anything.
    const shut = { name: "all-shut", priority: 1, verification: "enforce" };
    const script =
      'export default (event) => event.uri === "shut";\nexport const verify = () => false;\n';
    await made("/providers", { ...shut, script });
    const id = await idIn(await app.send("shut"));
    const { code, out } = await run("messages", "resubmit", id, "--wait");
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("  REJECTED\n") });
    const all = await run("messages", "resubmit", "--uri", "shut", "--wait", "--yes");
    const became = expect.stringMatching(/^(\d+) messages? resubmitted: \1 REJECTED\n$/);
    expect({ code: all.code, out: all.out }).toEqual({ code: 1, out: became });
    const fine = await run("messages", "resubmit", "--uri", "good", "--wait", "--yes", "--json");
    const { count, statuses } = JSON.parse(fine.out);
    expect({ code: fine.code, statuses }).toEqual({ code: 0, statuses: { SUCCESS: count } });
  });

  test("the start of an id names a message, and is refused when several ids start with it", async () => {
    const short = good.slice(0, 18);
    expect((await run("messages", "show", short)).out).toContain(good);
    expect((await run("messages", "body", short)).code).toBe(0);
    expect((await run("messages", "resubmit", short, "--wait")).code).toBe(0);
    const tried = await run("test", join(app.folder, "functions/greet"), "--message", short);
    expect(tried).toMatchObject({ code: 0, out: expect.stringContaining("SUCCESS") });
    const noted = await run("audit", "--target", short, "--json");
    expect(JSON.parse(noted.out).items).toContainEqual(
      expect.objectContaining({ action: "message.read", target: good }),
    );
    const started = await run("audit", "--action", "test-run.start", "--json");
    expect(JSON.parse(started.out).items[0].after).toMatchObject({ message: good });
    const several = await run("messages", "show", good.slice(0, 6));
    expect(several).toMatchObject({ code: 1, err: expect.stringContaining("give more of the id") });
    expect((await run("messages", "show", "ffffff")).err).toContain("there is no message");
  });

  test("resubmits all messages of a filter with their original scripts", async () => {
    const script = (word: string) => `export default () => "${word}";\n`;
    const old = { name: "old", provider: "anything", uri: "old", script: script("then") };
    await made("/functions", old);
    await app.ended(await idIn(await app.send("old")));
    const body = JSON.stringify({ script: script("now") });
    expect((await app.api("/functions/old", { method: "PATCH", body })).ok).toBe(true);
    await run("messages", "resubmit", "--uri", "old", "--scripts", "original", "--yes");
    const { items } = JSON.parse((await run("messages", "list", "--uri", "old", "--json")).out);
    const copy = items.find((one: ListedMessage) => one.resubmittedFrom != null);
    expect((await app.ended(copy.id)).executions[0]?.result).toBe("then");
  });

  test("requires an id or a filter", async () => {
    expect(await run("messages", "resubmit", "--yes")).toMatchObject({ code: 2, out: "" });
  });
});

test("follow prints messages that arrive and how they end", async () => {
  const following = commandFor(app)(
    "messages",
    "follow",
    "--json",
    "--status",
    "SUCCESS",
    "--count",
    "1",
  );
  let isDone = false;
  void following.finally(() => {
    isDone = true;
  });
  const sent: string[] = [];
  while (!isDone) {
    sent.push(await idIn(await app.send("good", { body: "live" })));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const { code, out } = await following;
  expect(code).toBe(0);
  const shown = JSON.parse(out);
  expect(shown).toMatchObject({ status: "SUCCESS" });
  expect(sent).toContain(shown.id);
});

describe("server and token", () => {
  test("a token file is used, and a wrong token gets an error that says what to do", async () => {
    using folder = tempFolder();
    const file = join(folder.path, "token");
    writeFileSync(file, `${TOKEN}\n`);
    const where = ["--url", app.url];
    const right = await hookyard(["messages", "list", ...where, "--token-file", file]);
    expect(right.code).toBe(0);
    const without = await hookyard(["messages", "list", ...where]);
    expect(without.code).toBe(1);
    expect(without.err).toContain("Set a token with --token-file or HOOKYARD_TOKEN");
  });

  test("the token of the local server is not sent to another server", async () => {
    const { code, err } = await hookyard(["messages", "list", "--url", app.url], {
      environment: { HOOKYARD_ADMIN_TOKEN: TOKEN },
    });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("(401)") });
    const port = new URL(app.url).port;
    const own = { HOOKYARD_ADMIN_TOKEN: TOKEN, HOOKYARD_PORT: port };
    expect((await hookyard(["messages", "list"], { environment: own })).code).toBe(0);
  });

  test("an unreachable server and an unknown variable are reported", async () => {
    const nowhere = await hookyard(["messages", "list"], {
      environment: { HOOKYARD_URL: "http://127.0.0.1:9" },
    });
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).toContain("cannot reach http://127.0.0.1:9");
    expect(nowhere.err).not.toMatch(/^ +at /m);
    const unknown = await hookyard(["messages", "list"], {
      environment: { HOOKYARD_TOKN: TOKEN },
    });
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("HOOKYARD_TOKN: unknown setting");
  });
});
