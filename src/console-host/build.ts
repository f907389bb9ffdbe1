/**
 * Builds the console, unless the build of these sources exists. With `--background` its priority is low: bundling takes
 * seconds of CPU time, and the server must answer meanwhile.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";
import { BUILDS, buildFolder, SOURCES } from "./build-folder.ts";

/** Above it the best compression takes many seconds for a few percent. */
const BEST_QUALITY_UP_TO_BYTES = 1024 * 1024;
/** A response below it fits into one packet anyway. */
const COMPRESSED_FROM_BYTES = 1024;
const COMPRESSED_TYPES = /\.(?:js|css|html|svg|json|ttf|map)$/;

async function build(): Promise<void> {
  // Before Vite creates its threads, which inherit it.
  if (process.argv.includes("--background")) setPriority(constants.priority.PRIORITY_LOW);
  const target = await buildFolder();
  if (existsSync(target)) return;
  const unfinished = `${target}.${process.pid}`;
  await bundle(unfinished);
  for (const name of await readdir(unfinished, { recursive: true }))
    if (COMPRESSED_TYPES.test(name)) await compress(join(unfinished, name));
  await publish(unfinished, target);
  await removeOthers(target);
}

async function bundle(outDir: string): Promise<void> {
  const vite = await import("vite");
  await vite.build({
    root: SOURCES,
    configFile: false,
    envDir: false,
    logLevel: "error",
    base: "/",
    // The server replaces it by a new nonce in each response.
    html: { cspNonce: "NONCE" },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2023",
      // An inlined file would be a data: URL, which the content security policy refuses for scripts and fonts.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
    },
  });
}

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < COMPRESSED_FROM_BYTES) return;
  const quality = content.length > BEST_QUALITY_UP_TO_BYTES ? 8 : 11;
  await writeFile(
    `${path}.br`,
    await brotli(content, { params: { [zlib.BROTLI_PARAM_QUALITY]: quality } }),
  );
  await writeFile(`${path}.gz`, await zip(content, { level: 9 }));
}

/** Two servers may build at once: the first one to finish wins. */
async function publish(unfinished: string, target: string): Promise<void> {
  try {
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** Removes builds of earlier sources. Unfinished ones may belong to a process that is running. */
async function removeOthers(target: string): Promise<void> {
  await mkdir(BUILDS, { recursive: true });
  for (const name of await readdir(BUILDS)) {
    const path = join(BUILDS, name);
    if (path !== target && !name.includes(".")) await rm(path, { recursive: true, force: true });
  }
}

await build();
