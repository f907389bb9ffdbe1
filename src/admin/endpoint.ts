/**
 * One call of the HTTP API, said once: its path, who may make it, what it takes and what it answers. Requests are checked
 * by these schemas, answers are typed by them, and the API's description is made from them.
 */
import type { z } from "zod";
import type { Caller, Permission } from "../model/permission.ts";
import type { EventStream } from "./event-stream.ts";
import type { TokenLife } from "./token-watch.ts";

type Headers = Readonly<Record<string, string>>;

/** An answer a call may give. Without a schema it has no body; `"bytes"` is a download or a page. */
export interface AnswerKind {
  readonly description: string;
  readonly schema?: z.ZodType | "bytes" | "events";
  /** The media type of bytes, where it is always the same one. */
  readonly mediaType?: string;
}
export type AnswerKinds = Readonly<Record<number, AnswerKind>>;

/** Server-sent events: given the means to send them, says what to do when the caller goes away. */
export type Stream = (out: EventStream) => Disposable;

/** JSON by the schema of the status, bytes with their headers, or events. */
export type Answer<Kinds extends AnswerKinds> = {
  [Status in keyof Kinds & number]: {
    readonly status: Status;
    readonly headers?: Headers;
  } & (Kinds[Status] extends { readonly schema: infer Schema }
    ? Schema extends z.ZodType
      ? { readonly body: z.input<Schema> }
      : Schema extends "events"
        ? { readonly stream: Stream }
        : { readonly bytes: Uint8Array }
    : unknown);
}[keyof Kinds & number];

/** What a call is made with, checked. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly header: (name: string) => string | undefined;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** For what goes on while the call is answered, or behind its answer: told when the token ends. To be disposed. */
  readonly watchToken: () => TokenLife;
  /** For a step that is not to be taken for a token that has ended meanwhile. Throws `unauthorized`. */
  readonly assertToken: () => void;
}

interface Definition<Params, Query, Body, Kinds extends AnswerKinds> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Below `/api/v1`, as Express writes it: `/messages/:id`. */
  readonly path: `/${string}`;
  /** `"public"` asks for no token: only for what any copy of this program would answer. */
  readonly permission: Permission | "public";
  /** A sentence for the API's description. */
  readonly summary: string;
  /** More about it, in Markdown. */
  readonly description?: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** Bytes of JSON; 100 KiB when not said. */
  readonly maxBodyBytes?: number;
  /** The handler minds the end of its token itself. Otherwise the call is refused as soon as its token ends. */
  readonly mindsToken?: boolean;
  readonly answers: Kinds;
  readonly handle: (
    asked: Asked<Params, Query, Body>,
  ) => Answer<NoInfer<Kinds>> | Promise<Answer<NoInfer<Kinds>>>;
}

/** A call whose types have been checked where it was defined. */
export type Endpoint = Omit<Definition<unknown, unknown, unknown, AnswerKinds>, "handle"> & {
  readonly handle: (asked: Asked<never, never, never>) => unknown;
};

export const endpoint = <
  const Kinds extends AnswerKinds,
  Params = unknown,
  Query = unknown,
  Body = unknown,
>(
  definition: Definition<Params, Query, Body, Kinds>,
): Endpoint => definition;
