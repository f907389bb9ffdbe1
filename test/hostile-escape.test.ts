import { expect, test } from "vitest";
import { runAlone } from "./hostile/alone.ts";
import { ESCAPE } from "./hostile/escape.ts";
import { post, startHostileApp } from "./hostile/hostile-app.ts";
import { gainsNothing, STYLES, sourceOf } from "./hostile/script.ts";
import { fn } from "./test-app.ts";

runAlone("escape", ESCAPE);

test.each(STYLES)("a script that gains something is noticed (%s)", async (style) => {
  const thief = gainsNothing(
    "thief",
    `attempt("nothing", () => undefined); attempt("an error", () => { throw 1; }); attempt("loot", () => payload.text);`,
  );
  await using app = await startHostileApp({ thief: fn("thief", sourceOf(thief, style, 0)) });
  expect((await post(app, "thief")).result).toEqual({ tried: 3, gained: "loot " });
});
