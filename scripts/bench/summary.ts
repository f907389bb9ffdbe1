/** The rows of the benchmark's table that the root README shows. */
const SHOWN = [
  /^bare Express handler$/,
  /^accepted, no function owed$/,
  /^fully processed$/,
  /^synchronous answer at .*, p99$/,
  /^resident idle/,
];

/** These rows without their target, and the warnings below the table. Throws if the table has no such row. */
export function summary(table: string): string {
  const lines = table.split("\n");
  const rows = lines.map((line) => line.split(" | ").map((cell) => cell.replace(/^\| /, "")));
  const shown = SHOWN.map((name) => {
    const row = rows.find(([what = ""]) => name.test(what));
    if (row === undefined) throw new Error(`the benchmark has no row ${name}`);
    return `| ${row.slice(0, 3).join(" | ")} |`;
  });
  const warnings = lines.filter((line) => line.startsWith("**")).flatMap((line) => ["", line]);
  const head = ["| | value | ratio to bare Express |", "|---|---|---|"];
  return [...head, ...shown, ...warnings].join("\n");
}
