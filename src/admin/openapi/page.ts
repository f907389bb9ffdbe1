/** The page that shows the API description: Swagger UI, served from this server only. */

/** Forbids everything from other hosts, and inline scripts and styles. */
export const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Addresses are absolute, because the page is served with and without a slash at the end. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hookyard API</title>
<link rel="stylesheet" href="/api/v1/docs/swagger-ui.css">
<div id="api"><noscript>This page needs JavaScript; <a href="/api/v1/openapi.json">openapi.json</a> says the same.</noscript></div>
<script src="/api/v1/docs/swagger-ui-bundle.js" defer></script>
<script src="/api/v1/docs/start.js" defer></script>
</html>
`;

/** No validator, because it would send the description to another host. */
export const DOCS_START = `"use strict";
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
});
`;
