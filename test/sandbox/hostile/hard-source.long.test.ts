/**
 * Texts that are hard to parse, each on its own server: a text that breaks a parser in main breaks it until the end.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServerProcess, startServer } from "../../support/server-process.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { TOKEN } from "../../support/test-app.ts";
import { HARD_SOURCES } from "./cases-source.ts";
import { STYLES } from "./script.ts";

/** The longest time that main may be blocked, with tolerance for a busy machine. */
const MAX_SILENCE_MS = 1500;
const TAKEN_OVER_WITHIN_MS = 8000;

/** The styles take turns, because every case starts a server and the style does not make a source hard. */
const cases = HARD_SOURCES.map((one, index) => {
  const styles = STYLES.filter((style) => one.sources[style] !== undefined);
  const style = styles[index % styles.length] ?? "module";
  return [one.name, style, one.sources[style] ?? ""] as const;
});

function makeFolder(): {
  readonly path: string;
  readonly write: (name: string, script: string) => void;
} {
  const path = tempFolder().path;
  mkdirSync(join(path, "providers/anything"), { recursive: true });
  writeFileSync(join(path, "providers/anything/provider.json"), '{"name":"anything","priority":1}');
  writeFileSync(join(path, "providers/anything/match.ts"), "export default () => true;");
  const write = (name: string, script: string) => {
    mkdirSync(join(path, "functions", name), { recursive: true });
    const json = { name, provider: "anything", uri: name };
    writeFileSync(join(path, "functions", name, "function.json"), JSON.stringify(json));
    writeFileSync(join(path, "functions", name, "index.ts"), script);
  };
  return { path, write };
}

/**
 * With a compile cache, as in a container, Node strips the types of none of the server's own files. The stripper then
 * gets these texts before it is warm, and its limits differ.
 */
const cache = tempFolder().path;

const startOn = (folder: string): Promise<ServerProcess> =>
  startServer({
    NODE_COMPILE_CACHE: cache,
    HOOKYARD_DATA_DIR: join(folder, "data"),
    HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
    HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
    HOOKYARD_ADMIN_TOKEN: TOKEN,
    HOOKYARD_LOG_LEVEL: "silent",
  });

beforeAll(async () => {
  const folder = makeFolder();
  mkdirSync(join(folder.path, "functions"));
  await (await startOn(folder.path)).end("SIGTERM");
  rmSync(folder.path, { recursive: true });
}, 90_000);
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** Sends requests until it is stopped. Returns the longest latency. */
function watchSilence(url: string): { readonly stop: () => Promise<number> } {
  let longest = 0;
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      const askedAt = performance.now();
      await fetch(`${url}/healthz`);
      longest = Math.max(longest, performance.now() - askedAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await asking;
      return longest;
    },
  };
}

test.each(cases)(
  "%s (%s): main continues, and other scripts can be saved",
  {
    timeout: 90_000,
  },
  async (_, __, source) => {
    const folder = makeFolder();
    folder.write("other", "export default () => 1;");
    folder.write("slot", "export default () => 1;");
    const server = await startOn(folder.path);
    try {
      const status = async (uri: string) => {
        const init = { method: "POST", headers: { "flex-sync-webhook": "true" } };
        return (await fetch(`${server.url}/webhooks/v1/${uri}`, init)).status;
      };
      const silence = watchSilence(server.url);
      folder.write("slot", source);
      folder.write(
        "beside",
        "export default (event) => { const answer: number = 1; return answer; };",
      );
      await expect.poll(() => status("beside"), { timeout: TAKEN_OVER_WITHIN_MS }).toBe(200);
      expect(await silence.stop()).toBeLessThan(MAX_SILENCE_MS);
      // A second save shows whether the parser still works.
      folder.write("next", "const answer: number = 1;\nexport default () => answer;");
      await expect.poll(() => status("next"), { timeout: TAKEN_OVER_WITHIN_MS }).toBe(200);
      expect(await status("other")).toBe(200);
    } finally {
      await server.end("SIGKILL");
      rmSync(folder.path, { recursive: true, force: true });
    }
  },
);
