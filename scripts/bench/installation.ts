/**
 * The installed scripts: two functions and eight providers. The last provider matches; `when` excludes the others.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PROVIDERS = 8;
export const FUNCTIONS = 2;
/** Both functions are registered here. */
export const URI = "git/push";
/** No function is registered here: messages are matched, verified and stored, but nothing runs. */
export const URI_WITHOUT_FUNCTIONS = "git/nothing-owed";

const SHIPPED_PROVIDERS = new URL("../../providers/", import.meta.url).pathname;

const DECLINES = (name: string) => `import type { WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => event.headers["x-${name}-event"] !== undefined;
`;

const READS_PAYLOAD = `import type { FunctionContext, WebhookEvent } from "hookyard";

export default async function (event: WebhookEvent, ctx: FunctionContext) {
  const { ref, repository, commits } = event.payload;
  ctx.setMessage(\`\${commits.length} commits to \${ref} of \${repository.full_name}\`);
}
`;

export interface Extent {
  /** Number of providers; only the last one matches. */
  readonly providers: number;
  /** Functions that run for a message. */
  readonly functions: number;
  /** All functions; the others are registered for other URIs. */
  readonly registered: number;
  /** Whether the providers have a `when` that excludes all but the last. Otherwise each script runs. */
  readonly when?: boolean;
}
const USUAL: Extent = {
  providers: PROVIDERS,
  functions: FUNCTIONS,
  registered: FUNCTIONS,
  when: true,
};

/** Creates a new folder with `providers` and `functions` in it. */
export function makeInstallation({ providers, functions, registered, when } = USUAL): string {
  const root = mkdtempSync(join(tmpdir(), "hookyard-bench-"));
  for (let number = 1; number < providers; number++) {
    const name = `sender-${number}`;
    const folder = folderFor(root, "providers", name);
    const condition = when === true ? { when: { headers: { [`x-${name}-event`]: true } } } : {};
    const json = { name, priority: number, ...condition };
    writeFileSync(join(folder, "provider.json"), JSON.stringify(json));
    writeFileSync(join(folder, "match.ts"), DECLINES(name));
  }
  const github = folderFor(root, "providers", "github");
  cpSync(join(SHIPPED_PROVIDERS, "github"), github, { recursive: true });
  const definition = join(github, "provider.json");
  const { when: own, ...shipped } = JSON.parse(readFileSync(definition, "utf8"));
  const matching = { ...shipped, priority: providers, ...(when === true ? { when: own } : {}) };
  writeFileSync(definition, JSON.stringify(matching));
  for (let number = 1; number <= registered; number++) {
    const name = `summary-${number}`;
    const folder = folderFor(root, "functions", name);
    const uri = number <= functions ? URI : `git/other-${number}`;
    const json = { name, provider: "github", uri };
    writeFileSync(join(folder, "function.json"), JSON.stringify(json));
    writeFileSync(join(folder, "index.ts"), READS_PAYLOAD);
  }
  return root;
}

function folderFor(root: string, kind: string, name: string): string {
  const folder = join(root, kind, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
