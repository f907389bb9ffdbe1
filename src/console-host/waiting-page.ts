/** What stands in the console's place until it is built. It needs no script and reloads itself. */
import type { BuildState } from "./console-build.ts";

type Waiting = Exclude<BuildState["kind"], "built">;

const TEXTS: Readonly<Record<Waiting, { readonly title: string; readonly text: string }>> = {
  building: {
    title: "The console is being built",
    text: "This takes about half a minute after the first start of a version. This page reloads itself.",
  },
  missing: {
    title: "The console is not built",
    text: "Run <code>npm ci</code> and <code>npm run build:console</code> in Hookyard's folder. This page reloads itself.",
  },
  failed: {
    title: "The console cannot be built",
    text: "The server's log says why. Run <code>npm ci</code> and <code>npm run build:console</code> in Hookyard's folder. This page reloads itself.",
  },
};

export const waitingPage = (state: Waiting): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="2">
<title>Hookyard: ${TEXTS[state].title}</title>
<h1>${TEXTS[state].title}</h1>
<p>${TEXTS[state].text}</p>
<p>The server accepts webhooks meanwhile. The API is at <a href="/api/v1/docs">/api/v1/docs</a>.</p>
</html>
`;
