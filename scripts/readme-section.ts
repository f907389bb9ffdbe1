import { readFileSync, writeFileSync } from "node:fs";

/** Puts `text` between the README's marks of that name, `<!-- name: … -->` and `<!-- /name -->`. */
export function writeReadmeSection(name: string, text: string): void {
  const readme = readFileSync("README.md", "utf8");
  const section = new RegExp(`(<!-- ${name}:[^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  writeFileSync(
    "README.md",
    readme.replace(
      section,
      (_, start: string, end: string) => `${start}\n${text.trim()}\n\n${end}`,
    ),
  );
}
