import { readFileSync, writeFileSync } from "node:fs";

/** The generated sections, each with its guide. */
export const GUIDES = {
  settings: "src/README.md",
  "client-settings": "src/cli/README.md",
  command: "src/cli/README.md",
  story: "src/cli/README.md",
  catalogue: "providers/README.md",
  bench: "scripts/README.md",
  "bench-summary": "README.md",
  "bench-log": "scripts/README.md",
  "bench-scale": "scripts/README.md",
  "bench-peers": "scripts/README.md",
  "bench-floor": "scripts/README.md",
  "bench-catalogue": "scripts/README.md",
  "bench-sandbox": "scripts/README.md",
  "bench-search": "scripts/README.md",
} as const;
export type Section = keyof typeof GUIDES;

/** The text between the marks `<!-- name: … -->` and `<!-- /name -->`. */
export const readSection = (name: Section): string => partsOf(name).text.trim();

export function writeSection(name: Section, text: string): void {
  const { before, after } = partsOf(name);
  writeFileSync(GUIDES[name], `${before}\n\n${text.trim()}\n\n${after}`);
}

/** Throws if the guide has no marks of that name. Otherwise the section would be lost unnoticed. */
function partsOf(name: Section) {
  const guide = readFileSync(GUIDES[name], "utf8");
  const marks = new RegExp(`^([^]*<!-- ${name}:[^>]*-->)\\n([^]*)(<!-- /${name} -->[^]*)$`);
  const [, before, text, after] = marks.exec(guide) ?? [];
  if (before === undefined || text === undefined || after === undefined) {
    const expected = `<!-- ${name}: … --> and <!-- /${name} -->`;
    throw new Error(`${GUIDES[name]} has no section ${name}: put ${expected} where it belongs`);
  }
  return { before, text, after };
}
