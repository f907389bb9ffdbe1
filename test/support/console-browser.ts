/** A real Chromium on the console of a real server: one build for all tests, one browser and one server for a file. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { TOKEN } from "./test-app.ts";

/** The smallest and the usual width. */
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 380, height: 760 },
] as const;
export const COLOURS = ["light", "dark"] as const;

/** Off: what a test does not need. The sandbox of Chromium does not work as root. */
const FLAGS = [
  "--headless=shell",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
  "--no-first-run",
];

let build: Promise<unknown> | undefined;
let browser: Promise<Browser> | undefined;

/** Builds the console, unless these sources are built. */
function builtConsole(): Promise<unknown> {
  build ??= promisify(execFile)("npm", ["run", "-s", "build:console"]);
  return build;
}

async function launch(): Promise<Browser> {
  // The package unpacks its libraries only if it takes itself to be there.
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs22.x";
  const { default: packed } = await import("@sparticuz/chromium");
  const executablePath = await packed.executablePath();
  return await chromium.launch({ executablePath, args: FLAGS, ignoreDefaultArgs: ["--headless"] });
}

export interface ConsolePage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the browser's console: refusals of the content security policy are among them. */
  readonly problems: readonly string[];
}

interface PageOptions {
  readonly size?: (typeof SIZES)[number];
  readonly colour?: (typeof COLOURS)[number];
  /** The token that signs in; null for no session. */
  readonly token?: string | null;
}

/** A browser of its own for one person, at `path` of the server. */
export async function openConsole(
  url: string,
  path: string,
  { size = SIZES[0], colour = "light", token = TOKEN }: PageOptions = {},
): Promise<ConsolePage> {
  if (browser === undefined) throw new Error("call usesBrowser() first");
  const context = await (await browser).newContext({
    baseURL: url,
    viewport: size,
    colorScheme: colour,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  if (token !== null) await signIn(context, url, token);
  await page.goto(path);
  return { page, context, problems, [Symbol.asyncDispose]: () => context.close() };
}

async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const response = await context.request.post(`${url}/api/v1/sessions`, {
    data: { token },
    headers: { origin: url },
  });
  if (!response.ok()) throw new Error(`the sign-in failed: ${await response.text()}`);
}

/** On a busy machine the build and the unpacking of the browser take this long. */
const PREPARED_WITHIN_MS = 300_000;

/** To be called while tests are collected, for the tests of a file. */
export const usesConsole = (): void => beforeAll(builtConsole, PREPARED_WITHIN_MS);

/** The same with a browser, which is closed after the last test of the file. */
export function usesBrowser(): void {
  beforeAll(async () => {
    browser = builtConsole().then(launch);
    await browser;
  }, PREPARED_WITHIN_MS);
  afterAll(async () => {
    await (await browser)?.close();
    browser = undefined;
  });
}
