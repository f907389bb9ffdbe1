/**
 * Decides which headers of a scripted answer reach the sender. The answer leaves on the origin where operators type
 * their tokens, and through a proxy that obeys response headers: so a header that affects more than this answer is
 * dropped. A header that concerns this answer only is kept: content type, caching, `www-authenticate`, `link`, access
 * for pages of other origins (`access-control-*`).
 */
import type { LogLine, ScriptResponse } from "./outcome.ts";

/** Names in lower case. A name that ends with `*` stands for all names with that prefix. */
const DROPPED: readonly { readonly why: string; readonly names: string }[] = [
  {
    why: "belongs to the connection or is computed from the answer",
    names:
      "connection content-length date http2-settings keep-alive proxy-* status te trailer transfer-encoding upgrade",
  },
  {
    why: "is set by the server for every scripted answer",
    names: "content-security-policy x-content-type-options",
  },
  {
    // Policies that a browser keeps for the origin, or that loosen the server's own.
    why: "sets a policy for the whole origin of this server",
    names:
      "accept-ch* access-control-allow-credentials access-control-allow-local-network access-control-allow-private-network activate-storage-access ad-auction-* alt-svc attribution-reporting-* clear-site-data content-security-policy-report-only critical-ch cross-origin-* delegate-ch document-policy* expect-ct feature-policy idp-signin-status integrity-policy* nel no-vary-search observe-browsing-topics origin-agent-cluster origin-trial permissions-policy* public-key-pins* refresh report-to reporting-endpoints require-document-policy sec-* secure-session-* service-worker-* set-login shared-storage-* speculation-rules strict-transport-security supports-loading-mode use-as-dictionary x-content-security-policy* x-permitted-cross-domain-policies x-webkit-csp*",
  },
  {
    // nginx, lighttpd, Apache, Perlbal, LiteSpeed, Envoy, PageSpeed, and CDN caches.
    why: "gives orders to the proxy before this server",
    names:
      "cdn-* cloudflare-* edge-* fastly-* netlify-* pagespeed surrogate-* vercel-* x-accel-* x-akamai-* x-envoy-* x-lighttpd-* x-litespeed-* x-lsadc-* x-middleware-* x-mod-pagespeed x-page-speed x-reproxy-* x-sendfile* x-varnish-*",
  },
];

const entries = DROPPED.flatMap(({ why, names }) =>
  names.split(" ").map((name) => [name, `${name} ${why}`] as const),
);
const EXACT: ReadonlyMap<string, string> = new Map(entries);
const PREFIXES = entries
  .filter(([name]) => name.endsWith("*"))
  .map(([name, problem]) => [name.slice(0, -1), problem] as const);

/** Without this, a script could sign a browser in to this server or out of it. The cookie's name may have a prefix. */
const OWN_COOKIE = /^[\s=]*(?:__(?:host|secure)-)?hookyard/i;

/** The answer as it is sent, and the reasons for the headers that were dropped. */
export interface CheckedAnswer {
  readonly response: ScriptResponse;
  /** Only texts of the table, never text of the script: it is not masked. */
  readonly problems: readonly string[];
}

/** Also drops invalid headers, because main trusts no child. */
export function checkAnswer(response: ScriptResponse): CheckedAnswer {
  const kept: [string, string | readonly string[]][] = [];
  const problems = new Set<string>();
  for (const [headerName, value] of Object.entries(response.headers)) {
    const name = headerName.toLowerCase();
    const nameProblem = problemOfName(name, response.status);
    if (nameProblem !== undefined) problems.add(nameProblem);
    const values = [value].flat();
    const sent = values.filter((one) => {
      const problem = nameProblem ?? problemOfValue(name, one);
      if (problem !== undefined) problems.add(problem);
      return problem === undefined;
    });
    if (sent.length > 0) kept.push([name, typeof value === "string" ? value : sent]);
  }
  if (problems.size === 0) return { response, problems: [] };
  return { response: { ...response, headers: Object.fromEntries(kept) }, problems: [...problems] };
}

/** Warnings for the log of the script; usually none. */
export const warningsOf = (
  { problems }: CheckedAnswer,
  source: "ctx.respond" | "handshake",
  at: number,
): readonly LogLine[] =>
  problems.map((problem) => ({
    at,
    level: "warn",
    text: `${source}: a header is not sent: ${problem}`,
  }));

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function problemOfName(name: string, status: number): string | undefined {
  if (!NAME.test(name)) return "its name is not a valid header name";
  if (name === "location" && status !== 201 && (status < 300 || status > 399))
    return "location is sent with status 201 and 3xx only";
  return EXACT.get(name) ?? PREFIXES.find(([start]) => name.startsWith(start))?.[1];
}

function problemOfValue(name: string, value: string): string | undefined {
  if (!VALUE.test(value)) return "its value has a character that is not allowed in headers";
  return name === "set-cookie" && OWN_COOKIE.test(value)
    ? "set-cookie uses a name reserved for this server's cookies (hookyard…)"
    : undefined;
}
