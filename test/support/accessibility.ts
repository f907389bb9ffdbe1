/** WCAG 2.2 AA as axe-core checks it. */
import axe from "axe-core";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const CHECK = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(({ violations }) => violations)`;

/** The violations on the page as lines of text. */
export async function violationsOn(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger: the content security policy would refuse it as a script of the page.
  await page.evaluate(axe.source);
  const violations = await page.evaluate<readonly Violation[]>(CHECK);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${help}: ${html}\n${failureSummary}`),
  );
}
