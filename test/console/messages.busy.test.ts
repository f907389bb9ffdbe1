/** Sign-in, the list of messages and a message, in a browser. */
import { expect, test } from "vitest";
import { violationsOn } from "../support/accessibility.ts";
import { openConsole, SIZES, usesBrowser } from "../support/console-browser.ts";
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

test("the body of a message is shown as tree, text and bytes, and an edited copy is sent again", async () => {
  const app = await withFunctions();
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const body = `{"text":${JSON.stringify(HOSTILE)},"owner":{"name":"octo"},"deep":${deep}}`;
  const id = await idIn(await app.send("bad", { body }));
  await app.ended(id);
  await using opened = await openConsole(app.url, `/messages/${id}`);
  const { page, problems } = opened;
  const section = page.getByRole("region", { name: "Body" });
  await section.getByText('"octo"').waitFor();
  await section.getByLabel("Search in the tree").fill("octo");
  await section.getByText("event.payload.owner.name").waitFor();
  await section.getByText("Hex").click();
  await page.waitForURL("**?body=hex");
  await section.getByText("00000000  7b 22 74 65 78 74").waitFor();
  await section.getByText("Text", { exact: true }).click();
  await section.getByLabel("Search in the text").fill("onerror");
  await section.locator("mark").first().waitFor();
  expect(await page.locator("img").count()).toBe(0);
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("r");
  await page.getByRole("button", { name: "Edit the body" }).click();
  await page.getByRole("textbox", { name: "Body" }).fill('{"text":"mended"}');
  await page.getByRole("button", { name: "Resubmit it edited" }).click();
  await page.getByText("An edited copy of").waitFor();
  expect(page.url()).not.toContain(id);
  await page.getByText("mended").first().waitFor();
  expect(problems).toEqual([]);
});

test("chosen messages and all that fit are resubmitted with their count first and their outcome after", async () => {
  const app = await withFunctions();
  for (let count = 0; count < 3; count++)
    await app.ended(await idIn(await app.send("good?type=bulk", { body: `{"n":${count}}` })));
  await using opened = await openConsole(app.url, "/messages?eventType=bulk");
  const { page } = opened;
  await expect.poll(() => page.getByRole("checkbox").count()).toBe(3);
  await page.getByRole("checkbox").nth(0).check();
  await page.getByRole("checkbox").nth(1).check();
  await page.getByRole("button", { name: "Resubmit them" }).click();
  await page.getByRole("button", { name: "Resubmit 2 messages" }).click();
  await page.getByText("2 messages resubmitted.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Resubmit all that fit" }).click();
  await page.getByRole("button", { name: "Resubmit 5 messages" }).click();
  await page.getByText("5 messages resubmitted.").waitFor();
  await expect
    .poll(async () => {
      const response = await app.api("/messages?eventType=bulk");
      return ((await response.json()) as { readonly items: readonly object[] }).items.length;
    })
    .toBe(10);
});

test("a span that is dragged over the histogram is the filter", async () => {
  const app = await withFunctions();
  await app.ended(await idIn(await app.send("good", { body: "{}" })));
  await using opened = await openConsole(app.url, "/messages?last=1h");
  const { page } = opened;
  const picture = page.getByRole("figure").locator("svg");
  const box = (await picture.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width * 0.2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
  await page.mouse.up();
  await page.waitForURL(/from=.*&to=/);
  await page.getByText("No message fits").waitFor();
});

test("a token that may only read lists is offered nothing else", async () => {
  const app = await withFunctions();
  const made = await app.api("/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "reader", permissions: ["messages:read"] }),
  });
  const { token } = (await made.json()) as { readonly token: string };
  const id = await idIn(await app.send("bad", { body: '{"text":"hush"}' }));
  await app.ended(id);
  await using opened = await openConsole(app.url, `/messages/${id}`, { token });
  const { page } = opened;
  await page.getByText("it lacks messages:details").waitFor();
  expect(await page.getByRole("button", { name: "Resubmit" }).count()).toBe(0);
  expect(await page.getByRole("link", { name: "Tokens" }).count()).toBe(0);
  expect(await page.getByText("hush").count()).toBe(0);
});

test("the console says that the server is away, and goes on when it is back", async () => {
  const app = await withFunctions();
  await using opened = await openConsole(app.url, "/messages");
  const { page, context } = opened;
  await page.getByRole("heading", { name: "Messages" }).waitFor();
  await context.setOffline(true);
  await page.getByLabel("Filter").fill("uri:good");
  await page.keyboard.press("Enter");
  await page.getByText("The server does not answer").first().waitFor();
  await context.setOffline(false);
  await expect.poll(() => page.getByText("The server does not answer").count()).toBe(0);
  const id = await idIn(await app.send("good", { body: "{}" }));
  await page.locator(`a[href*="${id}"]`).waitFor();
});

test("the list and a message hold WCAG 2.2 AA", async () => {
  const app = await withFunctions();
  const id = await idIn(await app.send("bad", { body: '{"text":"no"}' }));
  await app.ended(id);
  await using opened = await openConsole(app.url, "/messages", { size: SIZES[1], colour: "dark" });
  await opened.page.getByText("FAILED").first().waitFor();
  expect(await violationsOn(opened.page)).toEqual([]);
  await opened.page.goto(`/messages/${id}`);
  await opened.page.getByText("SCRIPT_ERROR").first().waitFor();
  expect(await violationsOn(opened.page)).toEqual([]);
});
