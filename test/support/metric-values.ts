/** Reads single values from `/metrics`. */

/** The value of a line, labels in any order; 0 when there is none. */
export async function metricValue(
  url: string,
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text
    .split("\n")
    .find(
      (one) =>
        (one.startsWith(`${metric} `) || one.startsWith(`${metric}{`)) &&
        Object.entries(labels).every(([key, value]) => one.includes(`${key}="${value}"`)),
    );
  return Number(line?.split(" ").at(-1) ?? 0);
}
