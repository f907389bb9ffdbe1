/** `npm run backup`: the copy has everything that was accepted before it began, and a server starts from it. */
import { execFile } from "node:child_process";
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hookyardHere } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ANYTHING, fn, idIn, startTestApp } from "../support/test-app.ts";

const run = promisify(execFile);
let folder: string;
beforeEach(() => {
  folder = tempFolder().path;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const installed = {
  providers: { anything: ANYTHING },
  functions: { echo: fn("x", "export default (event) => event.rawBody;") },
};

/** Runs the command like the npm script. */
async function backUp(...args: readonly string[]) {
  const env = { PATH: process.env["PATH"] ?? "", HOOKYARD_DATA_DIR: join(folder, "data") };
  try {
    const command = ["--disable-warning=ExperimentalWarning", "src/cli/main.ts", "backup"];
    const { stdout } = await run(process.execPath, [...command, ...args], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, output: stderr };
  }
}

/** Makes a backup in this process. */
async function backUpHere(...args: readonly string[]) {
  const environment = { HOOKYARD_DATA_DIR: join(folder, "data") };
  const { code, out, err } = await hookyardHere(["backup", ...args], environment);
  return { code, output: out + err };
}

test("under load the copy has each message that was accepted before, byte for byte, and a server continues from it", {
  timeout: 60_000,
}, async () => {
  const target = join(folder, "copy.db");
  const accepted = new Map<string, string>();
  {
    await using app = await startTestApp({ ...installed, folder });
    const send = async (n: number) => {
      const body = `${n} ${"x".repeat(5000)}`;
      return { id: await idIn(await app.send("x", { body })), body };
    };
    for (let n = 0; n < 60; n++) {
      const { id, body } = await send(n);
      accepted.set(id, body);
    }
    let going = true;
    const load = (async () => {
      for (let n = 1000; going; n++) await send(n);
    })();
    const { code, output } = await backUp(target);
    going = false;
    await load;
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/copy\.db: \d+ messages/),
    });
  }
  expect(statSync(target).mode & 0o777).toBe(0o600);

  const restored = join(folder, "restored");
  mkdirSync(join(restored, "data"), { recursive: true });
  renameSync(target, join(restored, "data", "hookyard.db"));
  await using app = await startTestApp({ ...installed, folder: restored });
  for (const [id, body] of accepted) {
    const response = await app.api(`/messages/${id}/body`);
    expect(await response.text()).toBe(body);
    expect((await app.ended(id)).status).toBe("SUCCESS");
  }
});

test("an existing file is not overwritten, and a missing or invalid database is reported", async () => {
  const target = join(folder, "copy.db");
  expect(await backUpHere(target)).toMatchObject({
    code: 1,
    output: expect.stringContaining("no database"),
  });
  expect(await backUpHere()).toMatchObject({
    code: 2,
    output: expect.stringContaining("missing required argument 'file'"),
  });
  await (await startTestApp({ ...installed, folder }))[Symbol.asyncDispose]();
  writeFileSync(target, "mine");
  expect(await backUpHere(target)).toMatchObject({
    code: 1,
    output: expect.stringContaining("is there already"),
  });
  const nowhere = join(folder, "nowhere", "copy.db");
  expect(await backUpHere(nowhere)).toMatchObject({
    code: 1,
    output: expect.stringContaining("cannot be made"),
  });
  expect((await backUpHere(join(folder, "second.db"))).code).toBe(0);
});
