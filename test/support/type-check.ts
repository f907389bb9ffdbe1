/** Type-checks scripts as an editor would, with the project's own settings but without Node's types. */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tempFolder } from "./temp-folder.ts";

const DIAGNOSTIC = /^([\w-]+)\.ts\(\d+,\d+\): error (TS\d+): /gm;

/** The error codes of each script by name; an empty list for a valid script. */
export async function typeCheck(
  scripts: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const folder = tempFolder().path;
  try {
    const tsconfig = {
      extends: resolve("tsconfig.json"),
      compilerOptions: { types: [], noUnusedLocals: false },
      include: ["*.ts"],
      exclude: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    for (const [name, script] of Object.entries(scripts))
      writeFileSync(join(folder, `${name}.ts`), script);
    const errors = Map.groupBy(
      (await outputOfTsc(folder)).matchAll(DIAGNOSTIC),
      ([, name]) => name,
    );
    const codes = Object.keys(scripts).map((name) => [
      name,
      (errors.get(name) ?? []).map(([, , code = ""]) => code),
    ]);
    return Object.fromEntries(codes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An error in the settings is thrown, because no script would be checked. */
async function outputOfTsc(folder: string): Promise<string> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<string>();
  const tsc = resolve("node_modules/.bin/tsc");
  execFile(tsc, ["-p", folder, "--pretty", "false"], { cwd: folder }, (error, stdout, stderr) => {
    const isChecked = error === null || /^[\w-]+\.ts\(/.test(stdout);
    if (isChecked) settle(stdout);
    else reject(new Error(`tsc could not check anything:\n${stdout}${stderr}`, { cause: error }));
  });
  return await promise;
}
