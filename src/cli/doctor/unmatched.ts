/** Checks for recent messages that no function ran on, although the URI of one is near. */
import { nearUriText } from "../../model/nearest-uri.ts";
import { messagePage } from "../answers.ts";
import type { Api } from "../api.ts";
import { Failure } from "../failure.ts";
import { type Finding, ok, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
const LIMIT = 100;
const MAX_SHOWN = 3;

/** Undefined if the token may not list messages. */
export async function unmatchedMessages(api: Api): Promise<Finding | undefined> {
  const check = "unmatched messages";
  try {
    const from = new Date(Date.now() - DAY_MS).toISOString();
    const query = { status: "UNMATCHED", from, limit: LIMIT };
    const { items, nextCursor } = await api.read("/messages", messagePage, { query });
    const which = nextCursor == null ? "of the last day" : `among the newest ${LIMIT}`;
    const nearest = new Map(
      items.flatMap(({ uri, nearestUris = [] }) =>
        nearestUris.length === 0 ? [] : [[uri, nearUriText(nearestUris)]],
      ),
    );
    if (nearest.size === 0) return ok(check, `none ${which} is near the URI of a function`);
    const shown = [...nearest].slice(0, MAX_SHOWN).map(([uri, near]) => `${uri} is near ${near}`);
    return warning(
      check,
      `no function ran on messages ${which}: ${shown.join("; ")}`,
      "correct the address at the sender, or the uri of the function; `hookyard messages list --status UNMATCHED` lists them",
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Other checks report a token that is not valid.
    if ([401, 403].includes(Number(error.problem?.["status"]))) return undefined;
    return warning(check, error.message, "see the server's log");
  }
}
