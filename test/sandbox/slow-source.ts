/** A server for a short text that the type stripper parses in exponential time. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TOKEN } from "../support/test-app.ts";

export const inOneAnother = (open: string, middle: string, close: string) =>
  `${open.repeat(60)}${middle}${close.repeat(60)}`;

/** Call this while tests are collected. Each text is given up, and other requests are answered meanwhile. */
export function testSlowSources(cases: readonly (readonly [what: string, text: string])[]): void {
  const folder = tempFolder().path;
  let server: ServerProcess;
  beforeAll(async () => {
    mkdirSync(join(folder, "functions"));
    mkdirSync(join(folder, "providers/anything"), { recursive: true });
    writeFileSync(
      join(folder, "providers/anything/provider.json"),
      '{"name":"anything","priority":1}',
    );
    writeFileSync(join(folder, "providers/anything/match.ts"), "export default () => true;");
    server = await startServer({
      HOOKYARD_DATA_DIR: join(folder, "data"),
      HOOKYARD_PROVIDERS_DIR: join(folder, "providers"),
      HOOKYARD_FUNCTIONS_DIR: join(folder, "functions"),
      HOOKYARD_ADMIN_TOKEN: TOKEN,
      HOOKYARD_LOG_LEVEL: "silent",
    });
  }, 60_000);
  afterAll(async () => {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  async function tryScript(script: string) {
    const response = await fetch(`${server.url}/api/v1/test-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({
        function: { name: "draft", provider: "anything" },
        script,
        request: { uri: "x" },
      }),
    });
    return { status: response.status, text: await response.text() };
  }

  test.each(cases)(
    "a script with %s in one another is refused, and others are answered meanwhile",
    {
      timeout: 60_000,
    },
    async (_, text) => {
      let isOver = false;
      let longestMs = 0;
      const watching = (async () => {
        while (!isOver) {
          const askedAt = performance.now();
          await fetch(`${server.url}/healthz`);
          longestMs = Math.max(longestMs, performance.now() - askedAt);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      })();
      const startedAt = performance.now();
      const refused = await tryScript(`export default () => ${text};`);
      const tookMs = performance.now() - startedAt;
      isOver = true;
      await watching;
      expect(refused.status).toBe(422);
      expect(refused.text).toContain("it may be nested too deeply");
      expect(longestMs).toBeLessThan(tookMs / 2);
      // The stripper works again.
      expect((await tryScript("const one: number = 1; export default () => one;")).status).toBe(
        200,
      );
    },
  );
}
