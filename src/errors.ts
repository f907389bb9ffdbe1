/** Every error code, with its HTTP status and its title, declared once. */

export const ERRORS = {
  malformed_path: { status: 400, title: "Malformed path" },
  bad_request: { status: 400, title: "Bad request" },
  unauthorized: { status: 401, title: "Unauthorized" },
  forbidden: { status: 403, title: "Forbidden" },
  conflict: { status: 409, title: "Conflict" },
  changed_meanwhile: { status: 412, title: "Precondition failed" },
  script_refused: { status: 422, title: "Invalid script" },
  invalid_message: { status: 422, title: "Invalid message" },
  unprocessable: { status: 422, title: "Unprocessable request" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  not_acceptable: { status: 406, title: "Not acceptable" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  too_many_followers: { status: 503, title: "Too many followers" },
  body_too_large: { status: 413, title: "Payload too large" },
  expectation_failed: { status: 417, title: "Expectation failed" },
  too_many_headers: { status: 431, title: "Too many headers" },
  upload_too_slow: { status: 408, title: "Request timeout" },
  rate_limited: { status: 429, title: "Too many requests" },
  overloaded: { status: 503, title: "Overloaded" },
  incomplete_body: { status: 400, title: "Incomplete body" },
  internal: { status: 500, title: "Internal server error" },
  stopping: { status: 503, title: "Server shutting down" },
  storage_unavailable: { status: 503, title: "Storage unavailable" },
  bad_configuration: { status: 500, title: "Invalid configuration" },
  sandbox_unusable: { status: 503, title: "Sandbox unavailable" },
  database_busy: { status: 503, title: "Database busy" },
  database_unusable: { status: 500, title: "Database unusable" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error with a code of the table above. `detail` says what was found, what was expected and what to do. It is shown
 * to the caller, so it never holds a secret or the content of a message.
 */
export class HookyardError extends Error {
  override readonly name = "HookyardError";
  readonly code: ErrorCode;
  /** Seconds after which the caller may try again. */
  readonly retryAfterSeconds?: number;
  /** Methods for the header `Allow`. */
  readonly allow?: readonly string[];
  /** Further members of the problem details, for programs that read them. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: {
      readonly cause?: unknown;
      readonly retryAfterSeconds?: number;
      readonly allow?: readonly string[];
      readonly members?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.members = options.members ?? {};
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
    if (options.allow !== undefined) this.allow = options.allow;
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

/** Wraps the error that caused this one; the log shows it as the cause. */
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

/** `allow`: the methods that the path takes. `hint` follows them. */
export const methodNotAllowed = (
  { method, path }: { readonly method: string; readonly path: string },
  allow: readonly string[],
  hint = "",
): HookyardError =>
  new HookyardError(
    "method_not_allowed",
    `found ${method}, ${path.slice(0, 200)} takes ${allow.join(", ")}${hint}`,
    { allow },
  );

/** Converts any thrown value. An error without a code is a fault of the server: its text goes to the log only. */
export function toHookyardError(error: unknown): HookyardError {
  if (error instanceof HookyardError) return error;
  const detail =
    "the request failed because of a fault in the server; the server's log has the details";
  return causedBy(error, "internal", detail);
}
