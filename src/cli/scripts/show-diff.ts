/** Prints two definitions as a unified diff, as `git diff` does. */
import { createTwoFilesPatch } from "diff";
import { line, styled } from "../print.ts";
import { printable } from "../printable.ts";
import { type Definition, fileText, LAYOUTS } from "./definition.ts";

const CONTEXT_LINES = 3;

/** Empty when there is no difference. */
export function diffText(
  before: Definition | undefined,
  after: Definition | undefined,
  [from, to]: readonly [string, string],
): string {
  const one = after ?? before;
  if (one === undefined) return "";
  const { plural, file, script } = LAYOUTS[one.kind];
  const texts = [
    [file, before && fileText(before), after && fileText(after)],
    [`${script}.ts`, before?.script, after?.script],
  ] as const;
  return texts
    .filter(([, a, b]) => a !== b)
    .map(([name, a = "", b = ""]) => {
      const path = `${plural}/${one.name}/${name}`;
      const options = { context: CONTEXT_LINES };
      return createTwoFilesPatch(`${from}/${path}`, `${to}/${path}`, a, b, "", "", options);
    })
    .map((patch) => patch.replace(/^=+\n/, ""))
    .join("");
}

const STYLES = { "+": "green", "-": "red", "@": "cyan" } as const;

export function showDiff(text: string): void {
  for (const one of text.trimEnd().split("\n")) {
    const [first = ""] = one;
    const style = first in STYLES ? STYLES[first as keyof typeof STYLES] : "reset";
    line(styled(style, printable(one)));
  }
}
