/** What goes in and comes out of an outgoing HTTP call. */
import type { Buffer } from "node:buffer";

/** Names with their values, in order; a name may stand there several times. */
export type HeaderPairs = readonly (readonly [string, string])[];

export interface EgressRequest {
  /** An absolute URL. */
  readonly url: string;
  readonly method: string;
  /**
   * Those that belong to the connection (`host`, `content-length`, `connection`, …) are left out in silence, so that a
   * script can pass on the headers of the message it was given.
   */
  readonly headers: HeaderPairs;
  /** At most `MAX_BODY_BYTES`. */
  readonly body?: Buffer;
  /** `follow` goes through at most three redirects; `manual` answers with the redirect, `error` fails on it. */
  readonly redirect: "follow" | "manual" | "error";
  /** For everything together: name lookup, connection, redirects and the last byte of the answer. */
  readonly timeoutMs: number;
  /** Where the bytes of the answer are counted; nowhere when absent. */
  readonly memory?: CallMemory;
}

/** The memory of one call, out of what all calls share. */
export interface CallMemory {
  /** How long the call waited for its turn. It is part of `timeoutMs`. */
  readonly waitedMs: number;
  /**
   * Resolves once there is room for so many bytes of the answer, above the first `UNCOUNTED_BYTES`. To be called once: an
   * answer that asked for more while it holds some could wait for others that do the same. Rejects with the reason of
   * the signal.
   */
  readonly hold: (bytes: number, signal: AbortSignal) => Promise<void>;
  /** Gives back what was taken beyond `bytes`. */
  readonly shrinkTo: (bytes: number) => void;
}

/** How a call failed: what the script may not do, or what went wrong on the way. */
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
  /** The answer went over a limit; the message names it. */
  | "LimitError";

export type EgressAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly statusText: string;
      /** Where the answer came from in the end, without a fragment. */
      readonly url: string;
      readonly redirected: boolean;
      /** Names are lower case; they are as received, although `body` is decoded, as in the fetch standard. */
      readonly headers: HeaderPairs;
      /** Decoded, at most `MAX_BODY_BYTES`. */
      readonly body: Buffer;
    }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly name: FailureName;
      /** What was found, expected, and what to do; never a resolved address, and of the URL only the origin. */
      readonly message: string;
    };

/** What a function is granted, as its `function.json` says: by origin, and private addresses by block. */
export interface HttpGrantLike {
  readonly allow: readonly {
    readonly scheme: "https" | "http";
    /** As `URL` writes it; of a wildcard, what follows `*.`. */
    readonly host: string;
    readonly wildcard: boolean;
    readonly port: number;
  }[];
  /** CIDR blocks. */
  readonly privateNetworks: readonly string[];
}

/** Largest body, of a request and, before and after decoding, of an answer: 1 MiB. */
export const MAX_BODY_BYTES = 1_048_576;
/** Of an answer, what is received before room for it is asked for: most answers are smaller. */
export const UNCOUNTED_BYTES = 16_384;
/** Largest header section, of a request and of an answer: 64 KiB. */
export const MAX_HEADER_BYTES = 65_536;
