/** Endpoints that describe the API: the OpenAPI document, a page to read it, and the types for scripts. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { z } from "zod";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { openapiDocument } from "./document.ts";
import { DOCS_PAGE, DOCS_POLICY, DOCS_START } from "./page.ts";

const TYPES = new URL("../../sandbox/hookyard.d.ts", import.meta.url);
const require = createRequire(import.meta.url);

export function descriptionEndpoints(
  endpoints: readonly Endpoint[],
  basePaths: readonly string[],
): readonly Endpoint[] {
  let document: Promise<Buffer> | undefined;
  const descriptionCalls: readonly Endpoint[] = [
    openapi(() => {
      document ??= openapiDocument([...descriptionCalls, ...endpoints], basePaths).then((content) =>
        Buffer.from(JSON.stringify(content)),
      );
      return document;
    }),
    types,
    page,
    pagePart,
  ];
  return descriptionCalls;
}

const openapi = (document: () => Promise<Buffer>) =>
  endpoint({
    method: "get",
    path: "/openapi.json",
    permission: "public",
    operationId: "getOpenapi",
    summary: "This description, as OpenAPI 3.1",
    answers: {
      200: { description: "OpenAPI 3.1", schema: "bytes", mediaType: "application/json" },
    },
    handle: async () => unchanging("application/json; charset=utf-8", await document()),
  });

/** Cached responses, shared by all callers: the page's library is 1.5 MB. */
const cache = new Map<string, Promise<Unchanging>>();

function once(name: string, make: () => Promise<Unchanging>): Promise<Unchanging> {
  const cached = cache.get(name);
  if (cached !== undefined) return cached;
  const making = make();
  cache.set(name, making);
  making.catch(() => cache.delete(name));
  return making;
}

const types = endpoint({
  method: "get",
  path: "/types.d.ts",
  permission: "public",
  operationId: "getTypes",
  summary: "The TypeScript types for scripts",
  answers: { 200: { description: "TypeScript", schema: "bytes", mediaType: "text/plain" } },
  handle: () =>
    once("types", async () => unchanging("text/plain; charset=utf-8", await readFile(TYPES))),
});

const page = endpoint({
  method: "get",
  path: "/docs",
  permission: "public",
  operationId: "getDocs",
  summary: "This description as a page that can send calls",
  answers: { 200: { description: "A page", schema: "bytes", mediaType: "text/html" } },
  handle: () => unchanging("text/html; charset=utf-8", Buffer.from(DOCS_PAGE), DOCS_POLICY),
});

/** Files that the page loads, by name: nothing else of the package is served. */
const PARTS = {
  "swagger-ui-bundle.js": { type: "text/javascript", from: "swagger-ui-dist/swagger-ui-bundle.js" },
  "swagger-ui.css": { type: "text/css", from: "swagger-ui-dist/swagger-ui.css" },
  "start.js": { type: "text/javascript", text: DOCS_START },
} as const;

const pagePart = endpoint({
  method: "get",
  path: "/docs/:part",
  permission: "public",
  operationId: "getDocsPart",
  summary: "The scripts and styles of that page",
  params: z.object({
    part: z.enum(Object.keys(PARTS) as (keyof typeof PARTS)[]).describe("The name of the file."),
  }),
  answers: { 200: { description: "Script or style", schema: "bytes" } },
  handle: ({ params }) =>
    once(params.part, async () => {
      const part = PARTS[params.part];
      const bytes =
        "text" in part ? Buffer.from(part.text) : await readFile(require.resolve(part.from));
      return unchanging(`${part.type}; charset=utf-8`, bytes);
    }),
});

type Unchanging = ReturnType<typeof unchanging>;

/** A response that only changes with the program, so that `If-None-Match` can avoid sending it again. */
function unchanging(type: string, bytes: Buffer, policy = "default-src 'none'") {
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  const headers = {
    "content-type": type,
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    etag: `"${hash}"`,
  };
  return { status: 200, headers, bytes } as const;
}
