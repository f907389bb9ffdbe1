/** Signed timestamps: what keeps an overheard request from being sent again later. */
import { readHeader } from "./header.ts";
import { type Reading, refuse, type SignedRequest } from "./verdict.ts";

/**
 * The text of a header that holds seconds since the epoch, in the one way to write them. Without a tolerance the time
 * itself is not judged.
 */
export function readTimestamp(
  request: SignedRequest,
  header: string,
  toleranceSeconds: number | undefined,
): Reading<string> {
  const timestamp = readHeader(request, header);
  if (!timestamp.ok) return timestamp;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(timestamp.value)) {
    return refuse(`the ${header} header is malformed: whole seconds since 1970 were expected`);
  }
  // Both ways: a time far ahead would stay valid until then.
  const ageMs = request.judgedAt - Number(timestamp.value) * 1000;
  if (toleranceSeconds === undefined || Math.abs(ageMs) <= toleranceSeconds * 1000) {
    return timestamp;
  }
  const distance = `${Math.ceil(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? "old" : "in the future"}`;
  return refuse(`the ${header} header is ${distance}, at most ${toleranceSeconds} s are allowed`);
}
