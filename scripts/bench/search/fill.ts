/** Fills a message log directly: through the server it would take an hour. */
import { hash } from "node:crypto";
import { newMessageId } from "../../../src/model/message-id.ts";
import { openDatabase } from "../../../src/store/sqlite/database.ts";

const PER_COMMIT = 5000;
const INTERVAL_MS = 500;
const WORDS =
  "push commit repository owner main branch feature release deploy order invoice payment customer email created updated deleted account ticket issue comment project build pipeline success failure pending review merge request label milestone".split(
    " ",
  );

/** Deterministic: about 450 bytes of JSON, some parts unique to the message. */
export function bodyOf(at: number): string {
  const seed = hash("sha1", String(at));
  const word = (place: number) =>
    WORDS[Number.parseInt(seed.slice(place, place + 4), 16) % WORDS.length];
  const text = Array.from({ length: 20 }, (_, place) => word(place)).join(" ");
  const login = `user${at % 5003}`;
  return JSON.stringify({
    id: at,
    action: word(21),
    repository: {
      full_name: `${word(22)}/${word(23)}-${at % 997}`,
      url: `https://example.org/${word(24)}`,
    },
    sender: { login, email: `${login}@example.com` },
    commit: seed,
    message: text,
  });
}

/** One message in a thousand has the provider `rare`; the times end now. */
export function fill(path: string, count: number): void {
  const sqlite = openDatabase(path);
  const message = sqlite.prepare(
    `INSERT INTO message (id, received_at, method, uri, base_path, path, query_string, remote_address, body_bytes, sync, status, decided, provider)
     VALUES (?, ?, 'POST', 'hook', '/webhooks/v1', '/webhooks/v1/hook', '', '127.0.0.1', ?, 0, 'SUCCESS', 1, ?)`,
  );
  const content = sqlite.prepare(
    "INSERT INTO content (message_id, headers, body) VALUES (?, ?, ?)",
  );
  const headers = JSON.stringify([
    ["Content-Type", "application/json"],
    ["User-Agent", "Sender/1.0"],
  ]);
  const start = Date.now() - count * INTERVAL_MS;
  for (let from = 0; from < count; from += PER_COMMIT) {
    sqlite.exec("BEGIN");
    for (let at = from; at < Math.min(count, from + PER_COMMIT); at++) {
      const [receivedAt, body] = [start + at * INTERVAL_MS, Buffer.from(bodyOf(at))];
      const id = newMessageId(receivedAt);
      message.run(id, receivedAt, body.length, at % 1000 === 0 ? "rare" : "usual");
      content.run(id, headers, body);
    }
    sqlite.exec("COMMIT");
  }
  sqlite.pragma("wal_checkpoint(TRUNCATE)");
  sqlite.close();
}
