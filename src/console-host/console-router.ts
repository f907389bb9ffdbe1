/** Serves the console: its page under every address of a page, and its assets. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { SOURCES } from "./build-folder.ts";
import type { ConsoleBuild } from "./console-build.ts";
import { waitingPage } from "./waiting-page.ts";

/** Only this server; a style element needs the nonce of the response. */
const policy = (nonce?: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === undefined ? "" : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

export function consoleRouter(build: ConsoleBuild): Router {
  const router = Router({ caseSensitive: true });
  router.get(/^\/assets\/[\w.-]+$/, asset(build));
  router.get(["/", ...pages().map((name) => `/${name}{/*rest}`)], page(build));
  return router;
}

/** Each page has a folder. Its name is the first part of its address. */
function pages(): readonly string[] {
  const folder = join(SOURCES, "pages");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

const page = (build: ConsoleBuild): RequestHandler => {
  let built: Promise<string> | undefined;
  return async (_request, response) => {
    const state = await build.state();
    response.set({ ...HEADERS, "content-type": "text/html; charset=utf-8" });
    if (state.kind !== "built") {
      response.set({ "content-security-policy": policy(), "cache-control": "no-store" });
      response.status(503).set("retry-after", "2").send(waitingPage(state.kind));
      return;
    }
    built ??= readFile(join(state.folder, "index.html"), "utf8");
    const nonce = randomBytes(16).toString("base64url");
    response.set({ "content-security-policy": policy(nonce), "cache-control": "no-cache" });
    response.send((await built).replaceAll("NONCE", nonce));
  };
};

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  ttf: "font/ttf",
  woff2: "font/woff2",
};

/** The name of an asset holds a digest of its content, so it never changes. */
const asset =
  (build: ConsoleBuild): RequestHandler =>
  async (request, response, next) => {
    const state = await build.state();
    const path = state.kind === "built" ? join(state.folder, request.path) : "";
    if (!existsSync(path)) return next();
    const type = TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    response.set({
      ...HEADERS,
      "content-type": type,
      "content-security-policy": "default-src 'none'",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
    });
    send(response, await bestEncoding(request, path));
  };

interface Encoded {
  readonly bytes: Buffer;
  readonly encoding?: string;
}

async function bestEncoding(request: Request, path: string): Promise<Encoded> {
  for (const [encoding, ending] of [
    ["br", "br"],
    ["gzip", "gz"],
  ] as const)
    if (request.acceptsEncodings(encoding) !== false && existsSync(`${path}.${ending}`))
      return { encoding, bytes: await readFile(`${path}.${ending}`) };
  return { bytes: await readFile(path) };
}

function send(response: Response, { bytes, encoding }: Encoded): void {
  const etag = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  response.set("etag", `"${etag}"`);
  if (encoding !== undefined) response.set("content-encoding", encoding);
  response.send(bytes);
}
