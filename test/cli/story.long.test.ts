/**
 * `scripts/story.sh`, which the guide of the command shows: from a mistake in a provider to the rollback of a function.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("each step of the story has the result that the guide shows", {
  timeout: 240_000,
}, async () => {
  const { PATH, HOME } = process.env;
  const { stdout, stderr } = await promisify(execFile)("bash", ["scripts/story.sh"], {
    env: { PATH, HOME },
  });
  const said = (text: string | RegExp) =>
    expect(stdout, `${stdout}\n${stderr}`)[typeof text === "string" ? "toContain" : "toMatch"](
      text as string & RegExp,
    );
  expect(stderr).toMatch(/providers\/acme\/match\.ts:3:\d+: SyntaxError/);
  said("create    provider acme\ncreate    function orders\n2 changed");
  said("$ hookyard push config\n0 changed");
  said("3 of 3 messages would end otherwise");
  said('"status":"SUCCESS","provider":"acme"');
  said('"status":"FAILED","provider":"acme"');
  said(/SCRIPT_ERROR at 4:\d+: TypeError/);
  said(/outcome +SUCCESS order no\. 6/);
  said("2 messages resubmitted");
  said(/ SUCCESS +acme .* order no\. 5$/m);
  said("orders: version #1 is active, before it was #3");
  said("## The server stops");
});
