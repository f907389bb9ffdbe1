/** `hookyard pull` from a server that sends false names, and into folders that contain links. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { commandHere } from "../support/command.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** The name in the server's list, and the name in its answer for that function. */
let listed = "";
let told = "";
let server: Server;
let url: string;
let root: string;

const SCRIPT = "export default () => 1;\n";

beforeAll(async () => {
  server = createServer(({ url: path = "" }, response) => {
    const isFunction = path.startsWith("/api/v1/functions");
    const base = { active: true, source: "database", uri: "in", provider: "acme" };
    const isList = /^\/api\/v1\/(?:functions|providers)(?:\?|$)/.test(path);
    const one = { ...base, name: isList ? listed : told, script: SCRIPT };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(isList ? { items: isFunction ? [one] : [] } : one));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

beforeEach(() => {
  root = tempFolder().path;
  mkdirSync(join(root, "a/b/config"), { recursive: true });
  mkdirSync(join(root, "elsewhere"));
});
afterEach(() => rmSync(root, { recursive: true }));

const config = () => join(root, "a/b/config");
const pull = (...args: readonly string[]) => commandHere({ url }, "pull", config(), ...args);
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test.each([
  "../../../outside",
  "..",
  ".",
  "",
  "/etc/outside",
  "greet/../../../outside",
  "..\\..\\outside",
  "C:\\outside",
  "gr\0eet",
  "greet\n",
  "Greet",
  "_lib",
  "_lib/../../outside",
  "%2e%2e%2foutside",
  "gr\u00e9et",
  "x".repeat(64),
])("a function the server calls %j is not written, and the name is shown", async (name) => {
  listed = name;
  told = name;
  const { code, err } = await pull();
  expect(code).toBe(1);
  expect(err).toMatch(/name: found the name ".*expected lower-case letters, digits and dashes/);
  expect(filesIn(root)).toEqual([]);
});

test("an answer with another function than the requested one is refused", async () => {
  listed = "greet";
  told = "other";
  const { code, err } = await pull();
  expect([code, err]).toEqual([1, expect.stringContaining("another function than greet")]);
  expect(filesIn(root)).toEqual([]);
});

test.each<[string, (link: string) => string]>([
  ["the folder of all functions", () => join(config(), "functions")],
  ["the folder of the function", () => join(config(), "functions/greet")],
])("%s may not be a link that leads outside", async (_what, linkIn) => {
  listed = "greet";
  told = "greet";
  const link = linkIn(config());
  mkdirSync(join(link, ".."), { recursive: true });
  symlinkSync(join(root, "elsewhere"), link);
  const { code, err } = await pull();
  expect([code, err]).toEqual([2, expect.stringMatching(/leads to .*elsewhere, expected a place/)]);
  expect(filesIn(root)).toEqual([]);
});

test.each([
  ["index.ts", "a file outside", true],
  ["index.ts", "nothing yet", false],
  ["function.json", "a file outside", true],
])("%s may not be a link to %s", async (name, _what, exists) => {
  listed = "greet";
  told = "greet";
  const folder = join(config(), "functions/greet");
  const target = join(root, "elsewhere/kept");
  mkdirSync(folder, { recursive: true });
  if (exists) writeFileSync(target, "{}");
  symlinkSync(target, join(folder, name));
  expect((await pull()).code).toBe(2);
  expect(existsSync(target) ? readFileSync(target, "utf8") : "nothing").toBe(
    exists ? "{}" : "nothing",
  );
});

test("a pull removes nothing through a link that leads outside the folder", async () => {
  listed = "greet";
  told = "greet";
  const gone = join(root, "elsewhere/gone");
  mkdirSync(gone);
  writeFileSync(join(gone, "function.json"), JSON.stringify({ name: "gone" }));
  writeFileSync(join(gone, "index.ts"), SCRIPT);
  symlinkSync(join(root, "elsewhere"), join(config(), "functions"));
  await pull("--prune", "--yes");
  expect(filesIn(gone)).toHaveLength(2);
});

test("links inside the folder are followed, and so is a link given as the folder", async () => {
  listed = "greet";
  told = "greet";
  mkdirSync(join(config(), "ours"));
  symlinkSync("ours", join(config(), "functions"));
  const named = join(root, "named");
  symlinkSync(config(), named);
  const { code } = await commandHere({ url }, "pull", named);
  expect(code).toBe(0);
  expect(readFileSync(join(config(), "ours/greet/index.ts"), "utf8")).toBe(SCRIPT);
});
