/**
 * `npm run client-check`: generates clients from the API's description with two generators, compiles them strictly, and
 * has each list, resubmit, create and delete on a real server. The generators need a compiler of their own, and are
 * installed in a temporary folder.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { installation, targetOf } from "../test/api/generated/installation.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { startTestApp } from "../test/support/test-app.ts";
import { PROGRAMS } from "./client-check-programs.ts";

const PACKAGES = {
  "@hey-api/openapi-ts": "0.99.0",
  "@types/node": "24.19.2",
  "openapi-fetch": "0.17.0",
  "openapi-typescript": "7.13.0",
  typescript: "5.9.3",
};
const COMPILER = {
  target: "es2024",
  module: "nodenext",
  lib: ["es2024", "dom"],
  // Stricter settings refuse the code that the generators add.
  strict: true,
  outDir: "out",
  rewriteRelativeImportExtensions: true,
};
const EXPECTED = [200, 202, 202, 201, 204];

await using app = await startTestApp(installation);
using folder = tempFolder();
const { url, token } = await targetOf(app);
const write = (name: string, content: unknown) =>
  writeFileSync(join(folder.path, name), JSON.stringify(content));
/** The server of this process goes on meanwhile. */
const run = async (command: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(command, args, { cwd: folder.path })).stdout;
const tool = (name: string, ...args: readonly string[]) =>
  run(join("node_modules/.bin", name), ...args);

write("package.json", { private: true, type: "module", devDependencies: PACKAGES });
write("tsconfig.json", { compilerOptions: COMPILER, include: ["*-program.ts"] });
write("openapi.json", await (await fetch(`${url}/api/v1/openapi.json`)).json());
await run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund");
await tool("openapi-typescript", "openapi.json", "-o", "openapi-typescript.ts");
await tool("openapi-ts", "-i", "openapi.json", "-o", "hey-api", "-c", "@hey-api/client-fetch");
for (const [name, program] of Object.entries(PROGRAMS))
  writeFileSync(join(folder.path, `${name}-program.ts`), program);
await tool("tsc");
for (const name of Object.keys(PROGRAMS)) {
  const found = await run("node", `out/${name}-program.js`, url, token);
  if (found !== JSON.stringify(EXPECTED))
    throw new Error(`${name}: found the statuses ${found}, expected ${JSON.stringify(EXPECTED)}`);
  console.log(`the client of ${name} is compiled, and was answered ${found}`);
}
