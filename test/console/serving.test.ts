/** How the console is served: its page, its assets and what stands in its place. */
import { expect, test } from "vitest";
import { waitingPage } from "../../src/console-host/waiting-page.ts";
import { usesConsole } from "../support/console-browser.ts";
import { SharedApp } from "../support/shared-app.ts";
import { startTestApp } from "../support/test-app.ts";

const shared = new SharedApp();
usesConsole();

test("the page of the console allows scripts of this server only, and styles by a new nonce each time", async () => {
  const { url } = await shared.app();
  const nonces = new Set<string>();
  for (const path of ["/", "/messages", "/messages/one", "/sign-in", "/"]) {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    const html = await response.text();
    const [, nonce = ""] = /'nonce-([\w-]+)'/.exec(policy) ?? [];
    expect(html).toContain(`nonce="${nonce}"`);
    expect(html).not.toContain("NONCE");
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(5);
});

test("assets are compressed, typed and never change, and other names are not found", async () => {
  const { url } = await shared.app();
  const html = await (await fetch(url)).text();
  const assets = [...html.matchAll(/"(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path);
  expect(assets.length).toBeGreaterThan(1);
  for (const path of assets)
    for (const encoding of ["br", "gzip"]) {
      const response = await fetch(url + path, { headers: { "accept-encoding": encoding } });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-encoding") ?? encoding).toBe(encoding);
      expect(response.headers.get("cache-control")).toContain("immutable");
      expect(response.headers.get("content-type")).toMatch(/^text\/(?:javascript|css)/);
    }
  for (const path of ["/assets/none.js", "/assets/..%2findex.html", "/no-such-page"])
    expect((await fetch(url + path)).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(404);
});

test("the settings can leave the console out", async () => {
  await using app = await startTestApp({ environment: { HOOKYARD_CONSOLE: "false" } });
  const response = await fetch(app.url);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: "not_found" });
});

test("until the console is built, a page without scripts says so and reloads itself", () => {
  for (const state of ["building", "missing", "failed"] as const) {
    const html = waitingPage(state);
    expect(html).toContain('http-equiv="refresh"');
    expect(html).not.toMatch(/<script|style=/);
  }
  expect(waitingPage("missing")).toContain("npm run build:console");
});
