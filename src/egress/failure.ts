/** Why a call failed. Egress throws it internally, and returns it to callers as an answer. */
import {
  type EgressAnswer,
  type FailureKind,
  type FailureName,
  MAX_HEADER_BYTES,
} from "./request.ts";

export class EgressFailure extends Error {
  readonly kind: FailureKind;
  readonly failure: FailureName;

  constructor(failure: FailureName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
    this.kind = failure === "EgressDenied" ? "EGRESS_DENIED" : "HTTP_ERROR";
  }

  toAnswer(): EgressAnswer {
    return { ok: false, kind: this.kind, name: this.failure, message: this.message };
  }
}

/** The refusal of an address. It does not name the address: a script could use that to map the network. */
export const deniedAddress = (hostname: string) =>
  new EgressFailure(
    "EgressDenied",
    `host ${hostname} leads to an address that is not public: expected a public one, or a private one inside a block of this function's http.privateNetworks; to allow it, add its block there in function.json`,
  );

/** The refusal of a call that would come back to this server. */
export const ownServerMessage = (hostname: string): string =>
  `host ${hostname} is this server itself, and calling it would be a loop: register several functions for a message instead`;

/** What an error code means to the author of a script. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name cannot be found",
  EAI_AGAIN: "the host name could not be looked up for now",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before the answer was complete",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer is not as long as its content-length says",
};

/**
 * Any thrown value as a failure of a call to this origin. Error messages of Node name resolved addresses, so only their
 * codes are passed on.
 */
export function toEgressFailure(cause: unknown, origin: string): EgressFailure {
  if (cause instanceof EgressFailure) return cause;
  const code = codeOf(cause);
  if (code === "ERR_IP_BLOCKED") return deniedAddress(origin);
  if (code === "UND_ERR_HEADERS_OVERFLOW")
    return new EgressFailure(
      "LimitError",
      `${origin} sent more than ${MAX_HEADER_BYTES} bytes of headers, which is the limit`,
      { cause },
    );
  const meaning = MEANINGS[code] ?? "the connection failed, or the answer was not valid HTTP";
  return new EgressFailure("NetworkError", `${origin}: ${meaning} (${code})`, { cause });
}

/** A connection to several addresses fails with all their errors; a refusal among them takes precedence. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(codeOf);
    return codes.find((code) => code === "ERR_IP_BLOCKED") ?? codes[0] ?? "UNKNOWN";
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "UNKNOWN";
}
