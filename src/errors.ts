/** Every error this program can answer with or stop for: its code, HTTP status and title, declared once. */

export const ERRORS = {
  malformed_path: { status: 400, title: "The path cannot be decoded" },
  bad_request: { status: 400, title: "The request is not as expected" },
  unauthorized: { status: 401, title: "A bearer token is required" },
  forbidden: { status: 403, title: "The token may not do this" },
  conflict: { status: 409, title: "It is not as the change expects it" },
  changed_meanwhile: { status: 412, title: "Somebody else changed it meanwhile" },
  script_refused: { status: 422, title: "The script cannot be used" },
  invalid_message: { status: 422, title: "Invalid message" },
  not_found: { status: 404, title: "There is no such thing" },
  method_not_allowed: { status: 405, title: "This path does not take the method" },
  not_acceptable: { status: 406, title: "The answer cannot be had in an accepted type" },
  unsupported_media_type: { status: 415, title: "The body is not of a type this call takes" },
  too_many_followers: { status: 503, title: "Too many follow the log already" },
  body_too_large: { status: 413, title: "The body is too large" },
  too_many_headers: { status: 431, title: "Too many headers" },
  upload_too_slow: { status: 408, title: "Request timeout" },
  rate_limited: { status: 429, title: "Too many requests" },
  overloaded: { status: 503, title: "Too much is going on to accept this" },
  incomplete_body: { status: 400, title: "The body ended too early" },
  internal: { status: 500, title: "Something went wrong here" },
  stopping: { status: 503, title: "The server is stopping" },
  storage_unavailable: { status: 503, title: "The storage did not answer" },
  bad_configuration: { status: 500, title: "The configuration cannot be used" },
  sandbox_unusable: { status: 503, title: "Scripts cannot be run" },
  database_busy: { status: 503, title: "The database cannot be used now" },
  database_unusable: { status: 500, title: "The database cannot be used" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error with a code of the table above. `detail` says what was found, what was expected and what to do; it is shown
 * to whoever asked, so it never holds a secret or the content of a message.
 */
export class HookyardError extends Error {
  override readonly name = "HookyardError";
  readonly code: ErrorCode;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
  /** Further members of the problem details, for programs. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: {
      readonly cause?: unknown;
      readonly retryAfterSeconds?: number;
      readonly members?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.members = options.members ?? {};
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** RFC 9457 problem details. */
  toProblem(): Readonly<Record<string, unknown>> {
    const { status, title } = ERRORS[this.code];
    return {
      ...this.members,
      type: `urn:hookyard:error:${this.code}`,
      title,
      status,
      detail: this.message,
      code: this.code,
    };
  }
}

/** An error that another one brought about, which stays with it for the log. */
export const causedBy = (
  cause: unknown,
  code: ErrorCode,
  detail: string,
  retryAfterSeconds?: number,
): HookyardError =>
  new HookyardError(code, detail, {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** Whatever was thrown as an error of the table; what is not ours is our fault, and its text stays in our log. */
export function toHookyardError(error: unknown): HookyardError {
  if (error instanceof HookyardError) return error;
  const detail = "the request failed because of a fault in the server; its log has the details";
  return causedBy(error, "internal", detail);
}
