import { readFileSync } from "node:fs";

/** The commands of `scripts/story.sh` under the titles of its steps, without the lines that only serve the test. */
export function storyOutline(): string {
  const lines = readFileSync("scripts/story.sh", "utf8").split("\n");
  const shown = lines.flatMap((text) => {
    const [, title] = /^step "(.*)"$/.exec(text) ?? [];
    if (title !== undefined) return ["", `# ${title}`];
    const [, typed] = /^(?:refused )?(hookyard .*)$/.exec(text) ?? [];
    return typed === undefined || typed.endsWith("{") ? [] : [typed];
  });
  return ["```sh", ...shown.slice(1), "```"].join("\n");
}
