import { readFileSync } from "node:fs";

/** What is typed in `scripts/story.sh`, under the titles of its steps, without what only serves to run it. */
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
