import { expect, test } from "vitest";
import { fn } from "../../support/test-app.ts";
import { runAlone } from "./alone.ts";
import { ESCAPE } from "./cases-escape.ts";
import { post, startHostileApp } from "./hostile-app.ts";
import { gainsNothing, STYLES, sourceOf } from "./script.ts";

runAlone("escape", ESCAPE);

test.each(STYLES)("the check detects a script that escapes (%s)", async (style) => {
  const thief = gainsNothing(
    "thief",
    `attempt("nothing", () => undefined); attempt("an error", () => { throw 1; }); attempt("loot", () => payload.text);`,
  );
  await using app = await startHostileApp({ thief: fn("thief", sourceOf(thief, style, 0)) });
  expect((await post(app, "thief")).result).toEqual({ tried: 3, gained: "loot " });
});
