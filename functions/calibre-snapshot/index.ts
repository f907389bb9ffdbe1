/** Lists how fast the pages of a Calibre snapshot were, and names the worst. */
import type { FunctionContext, WebhookEvent } from "hookyard";

/** Performance from 0 to 100. The page with the lowest value is the worst. */
const SCORE = "lighthouse-performance-score";
const INTERESTING = [
  SCORE,
  "time-to-first-byte",
  "first-contentful-paint",
  "speed_index",
  "first-interactive",
  "page_size_in_bytes",
];
/** Further pages count for the worst one, but are neither logged nor returned. */
const MAX_LISTED = 100;

export default async function calibreSnapshot(event: WebhookEvent, ctx: FunctionContext) {
  if (event.eventType !== "snapshot") return ctx.skip("not a snapshot");
  const { id, site_id, html_url: url, pages } = Object(event.payload);
  const site = text(site_id, "an unknown site");
  const measured = (Array.isArray(pages) ? pages : []).map(measure);
  const listed = measured.slice(0, MAX_LISTED);
  for (const { page, profile, metrics } of listed) {
    const values = Object.entries(metrics).map(([name, value]) => `${name} ${value}`);
    ctx.log.info(`${page} (${profile}): ${values.join(", ") || "no metrics"}`);
  }

  const scored = measured.flatMap(({ page, metrics: { [SCORE]: score } }) =>
    score === undefined ? [] : [{ page, score }],
  );
  const [worst] = scored.toSorted((a, b) => a.score - b.score);
  const count = `${measured.length} ${measured.length === 1 ? "page" : "pages"}`;
  const verdict = worst ? `worst ${worst.page} with score ${worst.score}` : "no scores";
  ctx.setMessage(`${site}: ${count}, ${verdict}`);
  return { snapshot: id, site, url, worst, pages: listed };
}

/** The interesting metrics of a page, by name; those it lacks are left out. */
function measure(page: unknown) {
  const { name, profile, metrics } = Object(page);
  const known: [string, number][] = [];
  for (const metric of Array.isArray(metrics) ? metrics : []) {
    const { name: key, value } = Object(metric);
    if (INTERESTING.includes(key) && typeof value === "number") known.push([key, value]);
  }
  return {
    page: text(name, "a page"),
    profile: text(profile, "default profile"),
    metrics: Object.fromEntries(known),
  };
}

function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}
