/** The request and the answer of an outgoing HTTP call. */
import type { Buffer } from "node:buffer";

/** Names with their values, in order; a name may occur several times. */
export type HeaderPairs = readonly (readonly [string, string])[];

export interface EgressRequest {
  /** An absolute URL. */
  readonly url: string;
  readonly method: string;
  /**
   * Headers of the connection (`host`, `content-length`, `connection`, …) are dropped in silence, so that a script can
   * forward the headers of its message.
   */
  readonly headers: HeaderPairs;
  /** At most `MAX_BODY_BYTES`. */
  readonly body?: Buffer;
  /** `follow` follows at most three redirects, `manual` returns the redirect, `error` fails on it. */
  readonly redirect: "follow" | "manual" | "error";
  /** For the whole call: name lookup, connection, redirects and the last byte of the answer. */
  readonly timeoutMs: number;
  /** Counts the bytes of the answer. When absent, they are not counted. */
  readonly memory?: CallMemory;
}

/** The memory of one call, a part of the budget that all calls share. */
export interface CallMemory {
  /** How long the call was queued. This is part of `timeoutMs`. */
  readonly waitedMs: number;
  /**
   * Resolves once there is room for this many bytes of the answer, beyond the first `UNCOUNTED_BYTES`. Call it once:
   * two answers that each hold some memory and wait for more could wait for each other. Rejects with the reason of the
   * signal.
   */
  readonly hold: (bytes: number, signal: AbortSignal) => Promise<void>;
  /** Releases the memory beyond `bytes`. */
  readonly shrinkTo: (bytes: number) => void;
}

/** `EGRESS_DENIED`: the script may not make this call. `HTTP_ERROR`: the call failed. */
export type FailureKind = "EGRESS_DENIED" | "HTTP_ERROR";

/** The `name` of the error a script gets. */
export type FailureName =
  | "EgressDenied"
  /** The request cannot be sent as it is written. */
  | "TypeError"
  | "AbortError"
  | "TimeoutError"
  /** No connection, no valid certificate, no valid HTTP. */
  | "NetworkError"
  /** The answer exceeded a limit, which the message names. */
  | "LimitError";

export type EgressAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly statusText: string;
      /** The URL of the answer, after redirects and without a fragment. */
      readonly url: string;
      readonly redirected: boolean;
      /** As received, although `body` is decoded, as in the fetch standard. Names are lower case. */
      readonly headers: HeaderPairs;
      /** Decoded, at most `MAX_BODY_BYTES`. */
      readonly body: Buffer;
    }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly name: FailureName;
      /**
       * What was found, what was expected and what to do. Shows only the origin of the URL, and no resolved address.
       */
      readonly message: string;
    };

/** The `http` grant of a function, from its `function.json`. */
export interface HttpGrantLike {
  readonly allow: readonly {
    readonly scheme: "https" | "http";
    /** As `URL` writes it; for a wildcard, the part after `*.`. */
    readonly host: string;
    readonly wildcard: boolean;
    readonly port: number;
  }[];
  /** CIDR blocks. */
  readonly privateNetworks: readonly string[];
}

/** Largest body of a request, and of an answer before and after decoding: 1 MiB. */
export const MAX_BODY_BYTES = 1_048_576;
/** Received bytes of an answer that need no memory from the budget: most answers are smaller. */
export const UNCOUNTED_BYTES = 16_384;
/** Largest header section, of a request and of an answer: 64 KiB. */
export const MAX_HEADER_BYTES = 65_536;
