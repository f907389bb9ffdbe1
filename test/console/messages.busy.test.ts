/** Sign-in, the list of messages and a message, in a browser. */
import { expect, test } from "vitest";
import { violationsOn } from "../support/accessibility.ts";
import { COLOURS, openConsole, SIZES, usesBrowser } from "../support/console-browser.ts";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, type TestApp, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();
usesBrowser();

/** Text that would be markup if anything took it for that. */
const HOSTILE = '<img src=x onerror="document.title=1"><b>\u202Eevil</b>';

const withFunctions = (): Promise<TestApp> =>
  shared.with({
    providers: {
      anything: {
        ...ANYTHING,
        script:
          "export default () => true;\nexport const eventType = (event) => event.query.type;\n",
      },
    },
    functions: {
      good: fn("good", "export default (event, ctx) => { ctx.log.info('seen'); return 1; };"),
      bad: fn("bad", "export default (event) => {\n  throw new Error(event.payload.text);\n};"),
    },
  });

test("a person signs in with a token, which no script can read afterwards, and signs out", async () => {
  const app = await withFunctions();
  await using opened = await openConsole(app.url, "/messages?status=FAILED", { token: null });
  const { page } = opened;
  await page.getByLabel("Token", { exact: true }).fill("not-the-token-of-this-server");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("token").waitFor();
  await page.getByLabel("Token", { exact: true }).fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Messages" }).waitFor();
  expect(page.url()).toContain("status=FAILED");
  const readable = await page.evaluate(
    "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])",
  );
  expect(readable).not.toContain(TOKEN);
  expect(readable).not.toContain("hookyard_session");
  await page.getByRole("button", { name: "admin" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Hookyard" }).waitFor();
});

test("the link of the start signs in once, and its code leaves the address", async () => {
  const app = await withFunctions();
  const code = await app.app.newSignInCode();
  await using opened = await openConsole(app.url, `/sign-in#code=${code}`, { token: null });
  await opened.page.getByRole("heading", { name: "Messages" }).waitFor();
  expect(opened.page.url()).not.toContain(String(code));
  await using again = await openConsole(app.url, `/sign-in#code=${code}`, { token: null });
  await again.page.getByRole("alert").waitFor();
});

test("a message is seen to arrive and to fail, its text is never markup, and its page shows why", async () => {
  const app = await withFunctions();
  await using opened = await openConsole(app.url, "/messages");
  const { page, problems } = opened;
  await page.getByRole("heading", { name: "Messages" }).waitFor();
  const body = JSON.stringify({ text: HOSTILE });
  const id = await idIn(
    await app.send(`bad?type=${encodeURIComponent(HOSTILE)}`, {
      body,
      headers: { "x-hostile": '"><script>document.title=1</script>' },
    }),
  );
  const row = page.getByRole("row").filter({ hasText: "FAILED" });
  await row.getByText("evil").first().waitFor();
  await row.getByRole("link").click();
  await page.waitForURL(`**/messages/${id}`);
  await page.getByText("SCRIPT_ERROR").first().waitFor();
  await page.getByText("throw new Error(event.payload.text)").first().waitFor();
  expect(await page.locator("img, main script, main b").count()).toBe(0);
  expect(await page.title()).not.toBe("1");
  expect(problems).toEqual([]);
});

test("a filter is typed, stands in the address, and a mistake in it says what to write", async () => {
  const app = await withFunctions();
  await app.ended(await idIn(await app.send("good", { body: "{}" })));
  await app.ended(await idIn(await app.send("bad", { body: '{"text":"octo/hello"}' })));
  await using opened = await openConsole(app.url, "/messages");
  const { page } = opened;
  await page.getByRole("row").filter({ hasText: "good" }).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type('status:failed "octo/hello"');
  await page.keyboard.press("Enter");
  await page.waitForURL("**/messages?status=FAILED&q=octo%2Fhello");
  await expect.poll(() => page.getByRole("row").filter({ hasText: "good" }).count()).toBe(0);
  await page.getByRole("row").filter({ hasText: "octo/hello" }).waitFor();
  await page.getByLabel("Filter").fill("state:FAILED");
  await page.keyboard.press("Enter");
  await page.getByText("state: is no filter").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Functions" }).waitFor();
});

test("the pages hold WCAG 2.2 AA in both colours at 1,280 and 380 px, and nothing is wider than the screen", async () => {
  const app = await withFunctions();
  const id = await idIn(await app.send("bad", { body: '{"text":"no"}' }));
  await app.ended(id);
  for (const [index, size] of SIZES.entries())
    for (const path of ["/sign-in", "/messages", `/messages/${id}`]) {
      const colour = COLOURS[(index + path.length) % 2] ?? "light";
      const token = path === "/sign-in" ? null : TOKEN;
      await using opened = await openConsole(app.url, path, { size, colour, token });
      await opened.page.getByRole("heading", { level: 1 }).waitFor();
      if (token !== null) await opened.page.getByText("FAILED").first().waitFor();
      const place = `${path} ${size.width} ${colour}`;
      expect(await violationsOn(opened.page), place).toEqual([]);
      const width = await opened.page.evaluate("document.documentElement.scrollWidth");
      expect(width, place).toBeLessThanOrEqual(size.width);
    }
});
