/** The message log: the writes of each stage, one transaction each, and the reads. */
import type { Decision, OwedFunction } from "../model/decision.ts";
import type { Message } from "../model/message.ts";
import type { EndedAttempt } from "../model/retry.ts";
import { AuditLog } from "./access/audit-log.ts";
import { AuditRemoval } from "./access/audit-removal.ts";
import { AuditTable } from "./access/audit-table.ts";
import { SessionStore } from "./access/session-store.ts";
import { TokenStore } from "./access/token-store.ts";
import { AttemptRecorder } from "./executions/attempt-recorder.ts";
import { AttemptTable } from "./executions/attempt-table.ts";
import {
  type Claim,
  type ClaimRound,
  type EndedOf,
  ExecutionTable,
  type Turns,
} from "./executions/execution-table.ts";
import { LeaseStore } from "./executions/leases.ts";
import { KvStore } from "./kv/kv-store.ts";
import { KvTable } from "./kv/kv-table.ts";
import { DeliveryTable } from "./messages/delivery-table.ts";
import { judge } from "./messages/judgement.ts";
import { type MatchedMessage, MessageCache } from "./messages/message-cache.ts";
import { type MessageDetails, readDetails } from "./messages/message-details.ts";
import { MessageFates } from "./messages/message-fate.ts";
import {
  type ListedMessage,
  listMessages,
  type MessageFilter,
  type MessagePage,
  selectMessages,
} from "./messages/message-list.ts";
import {
  MessageTable,
  matchedFromRow,
  messageFromRow,
  missingMessage,
  type PendingMessages,
  type StoredMessage,
  type Verdict,
} from "./messages/message-table.ts";
import { deliveryOf, verdictOf } from "./messages/verdict.ts";
import { Load } from "./retention/load.ts";
import { Removal } from "./retention/removal.ts";
import { Upkeep } from "./retention/upkeep.ts";
import { RollupStore } from "./rollups/rollup-store.ts";
import { CheckStore } from "./scripts/check-store.ts";
import { ProofHeaders } from "./scripts/proof-headers.ts";
import { PropertyStore } from "./scripts/property-store.ts";
import { PropertyTable } from "./scripts/property-table.ts";
import { ScriptStore } from "./scripts/script-store.ts";
import { ScriptTable } from "./scripts/script-table.ts";
import { openDatabase, type Sqlite } from "./sqlite/database.ts";
import type { OnCommit } from "./sqlite/group-commit.ts";
import { lockDatabase } from "./sqlite/lock.ts";
import { Writer } from "./sqlite/writer.ts";
import type { Accepted, Recorded } from "./write-results.ts";

export class Store implements Disposable {
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly audit: AuditLog;
  readonly properties: PropertyStore;
  readonly kv: KvStore;
  readonly scripts: ScriptStore;
  readonly checks: CheckStore;
  readonly proofHeaders: ProofHeaders;
  readonly leases: LeaseStore;
  readonly upkeep: Upkeep;
  readonly load: Load;
  readonly fates: MessageFates;
  readonly rollups: RollupStore;
  readonly #lock: Disposable;
  readonly #sqlite: Sqlite;
  readonly #writer: Writer;
  readonly #messages: MessageTable;
  readonly #executions: ExecutionTable;
  readonly #attempts: AttemptTable;
  readonly #deliveries: DeliveryTable;
  readonly #recorder: AttemptRecorder;
  readonly #audit: AuditTable;
  readonly #cache = new MessageCache();

  constructor(path: string, onCommit: OnCommit = () => undefined) {
    // Opening may be retried, so a failed constructor must release the lock and the file.
    using stack = new DisposableStack();
    this.#lock = stack.use(lockDatabase(path));
    this.#sqlite = stack.adopt(openDatabase(path), (sqlite) => sqlite.close());
    this.#writer = new Writer(path, this.#sqlite, onCommit);
    this.#messages = new MessageTable(this.#sqlite);
    this.#executions = new ExecutionTable(this.#sqlite);
    this.#attempts = new AttemptTable(this.#sqlite);
    this.#deliveries = new DeliveryTable(this.#sqlite);
    this.#audit = new AuditTable(this.#sqlite);
    const write = this.#writer.write.bind(this.#writer);
    this.audit = new AuditLog(this.#audit, write);
    this.leases = new LeaseStore(this.#sqlite, write);
    this.load = new Load(this.#sqlite);
    this.fates = new MessageFates(this.#sqlite, write);
    this.rollups = new RollupStore(this.#sqlite, this.#audit, write);
    this.#recorder = new AttemptRecorder({
      messages: this.#messages,
      executions: this.#executions,
      attempts: this.#attempts,
      deliveries: this.#deliveries,
      rollups: this.rollups,
    });
    const removal = new Removal(this.#sqlite, this.rollups);
    this.upkeep = new Upkeep(removal, new AuditRemoval(this.#sqlite), write);
    this.tokens = new TokenStore(this.#sqlite, this.#audit, write);
    this.sessions = new SessionStore(this.#sqlite, this.#audit, write);
    this.properties = new PropertyStore(new PropertyTable(this.#sqlite), this.#audit, write);
    this.kv = new KvStore(new KvTable(this.#sqlite), write);
    this.scripts = new ScriptStore(new ScriptTable(this.#sqlite), this.#audit, write);
    this.checks = new CheckStore(this.#sqlite, write);
    this.proofHeaders = new ProofHeaders(this.#sqlite, write);
    stack.move();
  }

  /**
   * Stores a message with its decision, if there is one, and its executions, in one commit. With `endedOf`, executions
   * that can run at once are claimed in the same commit, or stored as ended when `endedOf` returns an attempt. Resolves
   * once the message is on disk; throws `storage_unavailable` when it is not.
   */
  async accept(
    message: Message,
    decision: Decision | undefined,
    now: number,
    endedOf?: EndedOf,
  ): Promise<Accepted> {
    const accepted = await this.#writer.write(() => {
      const judged = judge(message, decision, now, this.#deliveries);
      const { owed } = judged;
      // The early runs of a repetition do not count: they had the wrong idempotency key.
      const early = judged.verdict.repetitionOf === undefined ? endedOf : undefined;
      const verdict = { ...judged.verdict, ...(owed.length > 0 ? verdictOf(owed, early) : {}) };
      this.#messages.insert(message, decision, verdict);
      this.rollups.stored(message.id);
      this.#audit.resubmitted(message, now);
      const claims = owed.length > 0 ? this.#owe(message.id, owed, now, early) : [];
      if (owed.length > 0)
        this.#deliveries.noteEnd(message.id, verdict.status, message.resubmission?.of);
      return { verdict, claims };
    });
    const { status, repetitionOf = null } = accepted.verdict;
    if (status === "PENDING" && decision?.kind === "accepted") {
      const { provider, eventType = null, deliveryId = null } = decision;
      this.#cache.put({ message, provider, eventType, deliveryId, repetitionOf });
    }
    return accepted;
  }

  /** Stores a decision made after its message was stored. Undefined when the message has a decision already. */
  decide(message: Message, decision: Decision, now: number): Promise<Verdict | undefined> {
    return this.#writer.write(() => {
      if (!this.#messages.isUndecided(message.id)) return undefined;
      const { verdict, owed } = judge(message, decision, now, this.#deliveries);
      this.#messages.decide(message, decision, verdict);
      if (verdict.status !== "PENDING") this.rollups.ended(message.id);
      if (owed.length > 0) this.#owe(message.id, owed, now, undefined);
      return verdict;
    });
  }

  /**
   * Whether this delivery looks like a repetition; only `accept` decides. True if the database cannot be read: `accept`
   * then reports why.
   */
  isRepeated(message: Message, decision: Decision, now: number): boolean {
    const delivery = deliveryOf(message, decision);
    try {
      return delivery !== undefined && this.#deliveries.isKnown(delivery, now);
    } catch {
      return true;
    }
  }

  claim(now: number, turns: Turns): Promise<ClaimRound> {
    return this.#writer.write(() => this.#executions.claim(now, turns));
  }

  /** Writes how a claimed execution ended, and releases the executions that waited for it. */
  async record(claim: Claim, ended: EndedAttempt): Promise<Recorded> {
    const recorded = await this.#writer.write(() => this.#recorder.record(claim, ended));
    if (recorded.ended !== undefined) this.#cache.drop(claim.messageId);
    return recorded;
  }

  /** Undefined for an unknown or deleted message. */
  find(id: string): Message | undefined {
    const row = this.#messages.read(id);
    return row && messageFromRow(row);
  }

  /** A stored message. Its id comes from a row that refers to it, so a missing message means a damaged database. */
  message(id: string): Message {
    return messageFromRow(this.#mustRead(id));
  }

  /** The message of a claimed execution. */
  owed(claim: Claim): MatchedMessage {
    const cached = this.#cache.get(claim.messageId);
    if (cached !== undefined) return cached;
    return matchedFromRow(this.#mustRead(claim.messageId));
  }

  /** The same with an empty body. */
  owedWithoutBody({ messageId }: Claim): MatchedMessage {
    return matchedFromRow(this.#messages.readWithoutBody(messageId) ?? missingMessage(messageId));
  }

  /** 0 for an unknown message. */
  bodyBytes(id: string): number {
    return this.#cache.get(id)?.message.body.length ?? this.#messages.bodyBytes(id);
  }

  details(id: string): MessageDetails | undefined {
    const row = this.#messages.describe(id);
    if (row === undefined) return undefined;
    return readDetails(row, this.#executions.ofMessage(id), this.#attempts.ofMessage(id));
  }

  /** A few of the message ids that start with `start`. */
  idsStartingWith(start: string): readonly string[] {
    return this.#messages.idsStartingWith(start);
  }

  list(filter: Omit<MessageFilter, "q">): MessagePage {
    return listMessages(this.#sqlite, filter);
  }

  /** Those of these messages that match the filter, newest first. */
  pick(
    ids: readonly string[],
    filter: Omit<MessageFilter, "q" | "limit">,
  ): readonly ListedMessage[] {
    return selectMessages(this.#sqlite, { ...filter, ids }, ids.length);
  }

  /** Called at a start: executions that were running become due again. Returns the messages without a decision. */
  async resume(
    now: number,
  ): Promise<{ readonly handedBack: number; readonly undecided: readonly string[] }> {
    const handedBack = await this.leases.resume(now);
    await this.fates.neverAnswered();
    return { handedBack, undecided: this.#messages.undecided() };
  }

  /** How many messages have not ended, and when the oldest of them was received. */
  pending(): PendingMessages {
    return this.#messages.pending();
  }

  /** Throws when the database does not take a write. */
  async probe(): Promise<void> {
    await this.#writer.write(() => this.#deliveries.probe());
  }

  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]();
    this.#sqlite.close();
    this.#lock[Symbol.dispose]();
  }

  #mustRead(id: string): StoredMessage {
    return this.#messages.read(id) ?? missingMessage(id);
  }

  #owe(
    messageId: string,
    functions: readonly OwedFunction[],
    now: number,
    endedOf: EndedOf | undefined,
  ): readonly Claim[] {
    const inserted = this.#executions.insertAll(messageId, functions, now, endedOf);
    const haveEnded = inserted.begun > 0 && inserted.claims.length === 0;
    if (haveEnded && inserted.begun < functions.length)
      this.#executions.releaseNext(messageId, now);
    return inserted.claims;
  }
}
