/** Every page at each width and in both colours. */
import { expect, test } from "vitest";
import { violationsOn } from "../support/accessibility.ts";
import { COLOURS, openConsole, SIZES, usesBrowser } from "../support/console-browser.ts";
import { SharedApp } from "../support/shared-app.ts";
import { ANYTHING, fn, idIn, TOKEN } from "../support/test-app.ts";

const shared = new SharedApp();
usesBrowser();

const PATHS = ["/sign-in", "/messages", "/messages/<id>"];

const CASES = PATHS.flatMap((path) =>
  SIZES.flatMap((size) => COLOURS.map((colour) => ({ path, size, colour, width: size.width }))),
);

test.each(CASES)(
  "$path holds WCAG 2.2 AA at $width px in $colour colours and is not wider than the screen",
  async ({ path, size, colour }) => {
    const app = await shared.with({
      providers: { anything: ANYTHING },
      functions: { bad: fn("bad", "export default () => { throw new Error('no'); };") },
    });
    const id = await idIn(await app.send("bad", { body: '{"text":"no"}' }));
    await app.ended(id);
    const token = path === "/sign-in" ? null : TOKEN;
    await using opened = await openConsole(app.url, path.replace("<id>", id), {
      size,
      colour,
      token,
    });
    await opened.page.getByRole("heading", { level: 1 }).waitFor();
    if (path.startsWith("/messages")) await opened.page.getByText("FAILED").first().waitFor();
    expect(await violationsOn(opened.page)).toEqual([]);
    const width = await opened.page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(size.width);
  },
);
