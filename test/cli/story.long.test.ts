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
  const expectOutput = (text: string | RegExp) =>
    expect(stdout, `${stdout}\n${stderr}`)[typeof text === "string" ? "toContain" : "toMatch"](
      text as string & RegExp,
    );
  expect(stderr).toMatch(/providers\/acme\/match\.ts:3:\d+: SyntaxError/);
  expectOutput("create    provider acme\ncreate    function orders\n2 changed");
  expectOutput("$ hookyard push config\n0 changed");
  expectOutput("3 of 3 messages would end otherwise");
  expectOutput('"status":"SUCCESS","provider":"acme"');
  expectOutput('"status":"FAILED","provider":"acme"');
  expectOutput(/SCRIPT_ERROR at 4:\d+: TypeError/);
  expectOutput(/outcome +SUCCESS order no\. 6/);
  expectOutput("2 messages resubmitted");
  expectOutput(/ SUCCESS +acme .* order no\. 5$/m);
  expectOutput("orders: version #1 is active, before it was #3");
  expectOutput("## The server stops");
});
