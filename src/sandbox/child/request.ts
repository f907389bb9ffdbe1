/**
 * The message that scripts run on, on the child's side of the isolate: the exact bytes, and what scripts read of
 * them.
 */

import { bytesToText } from "../../model/text-codec.ts";
import type { SignedRequest } from "../../verify/verify.ts";
import type { StoredBodies } from "../wire/protocol.ts";
import { ALWAYS_WHOLE_BYTES } from "./excerpt/payload-excerpt.ts";
import { payloadKeys } from "./excerpt/payload-keys.ts";
import { headerSpellings, MIN_SECRET_CHARACTERS } from "./header-spellings.ts";
import { type PayloadSource, payloadSource } from "./payload/payload-source.ts";
import { BodyInFile, BodyInMemory, type ReceivedBody } from "./received-body.ts";
import type { Spelling } from "./spelling.ts";

/** Proof headers in one report. A script may verify with any number of headers. */
const MAX_PROOFS = 16;

/** A shorter text may be a part of any header by chance. */
const MIN_PART_CHARACTERS = 16;

/** A message as main sends it. */
export interface ReceivedMessage {
  /**
   * The event as JSON, the header list as JSON, and for a small message the body and, if it differs, the decoded
   * body.
   */
  readonly parts: readonly Buffer[];
  readonly judgedAt: number;
  /** Where the bodies of a large message are. */
  readonly stored?: StoredBodies | undefined;
}

export class ScriptRequest {
  readonly #head: string;
  #body: ReceivedBody;
  #decoded: ReceivedBody | undefined;
  #headerText: Buffer;
  #isKept = false;
  readonly #judgedAt: number;
  #headers: SignedRequest["headers"] | undefined;
  #spellingCache: { readonly names: string; readonly spellings: readonly Spelling[] } | undefined;
  /** Names, in lower case, of the headers that scripts verified the message with (proof headers), most recent last. */
  readonly #proofs = new Set<string>();
  #payloadKeys: { readonly found: ReadonlySet<string> | undefined } | undefined;
  /** Held weakly, since a run that waits does not need it any more. */
  #source: { readonly mayCut: boolean; readonly made: WeakRef<PayloadSource> | null } | undefined;

  constructor({ parts, judgedAt, stored }: ReceivedMessage) {
    const [head, headers, body, decoded] = parts;
    this.#head = head?.toString("utf8") ?? "{}";
    this.#headerText = headers ?? Buffer.from("[]");
    this.#body =
      stored === undefined
        ? new BodyInMemory(body ?? Buffer.alloc(0))
        : new BodyInFile(stored.body);
    if (decoded !== undefined) this.#decoded = new BodyInMemory(decoded);
    if (stored?.decodedBody !== undefined) this.#decoded = new BodyInFile(stored.decodedBody);
    this.#judgedAt = judgedAt;
  }

  get body(): Buffer {
    return this.#body.bytes();
  }

  /** The event as JSON, with extra keys. `extra` is JSON with at least one key. */
  head(extra: Buffer | undefined): string {
    if (extra === undefined) return this.#head;
    return `${this.#head.slice(0, -1)},${extra.toString("utf8", 1)}`;
  }

  /** Copies the parts for a run that waits: they are views into a chunk of the pipe, which they would keep alive. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.#headerText = Buffer.from(this.#headerText);
    this.#body = this.#body.kept();
    this.#decoded = this.#decoded?.kept();
  }

  /**
   * Notes a proof header: its value is a secret from now on. There is no limit, so that one script cannot use it up
   * for the next.
   */
  noteProof(name: string): void {
    const key = name.toLowerCase();
    if (!this.#groupedHeaders().has(key)) return;
    this.#proofs.delete(key);
    this.#proofs.add(key);
  }

  /** Notes the headers whose value holds a text that a script compared or verified. */
  noteProofText(text: string): void {
    if (text.length < MIN_SECRET_CHARACTERS) return;
    const isLong = text.length >= MIN_PART_CHARACTERS;
    for (const [name, values] of this.#groupedHeaders())
      if (values.some((value) => value === text || (isLong && value.includes(text))))
        this.noteProof(name);
  }

  /**
   * Proof headers that are not among the `known` secret ones, most recent first: the script that ran last is the one
   * that may have matched.
   */
  newProofs(known: readonly string[] = []): readonly string[] {
    if (this.#proofs.size === 0) return [];
    const names = [...this.#proofs].filter((name) => !known.includes(name));
    return names.reverse().slice(0, MAX_PROOFS);
  }

  /** The texts to mask for the secret headers: the `known` ones and the proof headers. */
  headerSpellings(known: readonly string[] = []): readonly Spelling[] {
    const secret = new Set([...known, ...this.#proofs]);
    if (secret.size === 0) return [];
    const names = [...secret].join();
    if (this.#spellingCache?.names !== names)
      this.#spellingCache = { names, spellings: headerSpellings(this.#groupedHeaders(), secret) };
    return this.#spellingCache.spellings;
  }

  /** The size of the larger body. */
  get bodyBytes(): number {
    return Math.max(this.#body.size, this.#decoded?.size ?? 0);
  }

  /** True if the payload may need an excerpt; finding out takes as long as making it. */
  get mayHaveExcerpt(): boolean {
    return this.size(true) > ALWAYS_WHOLE_BYTES;
  }

  /** Where the payload comes from if scripts cannot parse the body itself; an excerpt of it if `mayCut`. */
  payloadSource(mayCut: boolean): PayloadSource | undefined {
    const known = this.#source?.mayCut === mayCut ? this.#source.made : undefined;
    const source = known?.deref();
    if (known === null || source !== undefined) return source;
    const made = payloadSource(this.bytes(true), this.#contentType(), mayCut);
    this.#source = { mayCut, made: made === undefined ? null : new WeakRef(made) };
    return made;
  }

  /** The keys of the payload, found once; undefined if they are not known. */
  payloadKeys(): ReadonlySet<string> | undefined {
    this.#payloadKeys ??= { found: payloadKeys(this.bytes(true), this.#contentType()) };
    return this.#payloadKeys.found;
  }

  #contentType(): string | undefined {
    return JSON.parse(this.#head).contentType;
  }

  text(decoded: boolean): string {
    return bytesToText(this.bytes(decoded));
  }

  bytes(decoded: boolean): Buffer {
    return this.#bodyOf(decoded).bytes();
  }

  size(decoded: boolean): number {
    return this.#bodyOf(decoded).size;
  }

  /** The message for verification. Bodies are read only when a scheme needs them. */
  signed(): SignedRequest {
    const [body, decoded] = [this.#body, this.#decoded];
    return {
      headers: this.#groupedHeaders(),
      get body() {
        return body.bytes();
      },
      get decodedBody() {
        return decoded?.bytes();
      },
      judgedAt: this.#judgedAt,
      line: () => JSON.parse(this.#head),
    };
  }

  #bodyOf(decoded: boolean): ReceivedBody {
    return decoded ? (this.#decoded ?? this.#body) : this.#body;
  }

  /** Grouped on first use: most runs never verify. */
  #groupedHeaders(): SignedRequest["headers"] {
    this.#headers ??= groupHeaders(JSON.parse(this.#headerText.toString("utf8")));
    return this.#headers;
  }
}

function groupHeaders(
  list: readonly (readonly [string, string])[],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of list) {
    const key = name.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
