/** Checks every promised message through the API. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Violation } from "./check-deliveries.ts";
import { TOKEN } from "./installation.ts";
import type { Ledger } from "./ledger.ts";

const PARALLEL = 8;
const DRAINED_WITHIN_MS = 180_000;

const get = (url: string, path: string) =>
  fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });

/** Resolves with true once no message is pending, with false when that takes too long. */
export async function drained(url: string): Promise<boolean> {
  for (const giveUpAt = performance.now() + DRAINED_WITHIN_MS; performance.now() < giveUpAt; ) {
    const page = (await (await get(url, "/messages?status=PENDING&limit=1")).json()) as {
      readonly items: readonly unknown[];
    };
    if (page.items.length === 0) return true;
    await sleep(100);
  }
  return false;
}

async function problemOf(url: string, id: string, digest: string): Promise<string | undefined> {
  const [details, body] = await Promise.all([
    get(url, `/messages/${id}`),
    get(url, `/messages/${id}/body`),
  ]);
  if (details.status !== 200 || body.status !== 200)
    return `was promised, but the API answers ${details.status} for it and ${body.status} for its body`;
  const { status } = (await details.json()) as { readonly status: string };
  if (status === "PENDING") return "is PENDING in the API";
  const found = createHash("sha256")
    .update(await body.bytes())
    .digest("hex");
  return found === digest ? undefined : "has another body in the API than was sent";
}

/** Reads every promised message and its body. */
export async function apiViolations(url: string, ledger: Ledger): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  const promises = ledger.promises.values();
  const lookUp = async () => {
    for (const { messageId, delivery } of promises) {
      const problem = await problemOf(url, messageId, delivery.digest);
      if (problem !== undefined) violations.push({ subject: messageId, problem });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lookUp));
  return violations;
}
