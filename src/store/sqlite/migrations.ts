/** The schema as numbered steps; steps are only ever added. SQLite's `user_version` is the number of steps run. */

import { ROLLUP_SCHEMA } from "./rollup-schema.ts";

export const MIGRATIONS: readonly string[] = [
  `
  -- What lists and filters read; narrow, so that a page of a list touches few pages of the file.
  CREATE TABLE message (
    id TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL,
    method TEXT NOT NULL,
    uri TEXT NOT NULL,
    base_path TEXT NOT NULL,
    path TEXT NOT NULL,
    query_string TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    body_bytes INTEGER NOT NULL,
    sync INTEGER NOT NULL,
    status TEXT NOT NULL,
    -- 0 until the match decision is stored; such rows are matched again after a restart.
    decided INTEGER NOT NULL,
    provider TEXT,
    event_type TEXT,
    delivery_id TEXT,
    -- The line shown in lists: the last thing a function said, or its error.
    note TEXT,
    duplicate_of TEXT,
    resubmitted_from TEXT,
    judged_at INTEGER,
    edited INTEGER NOT NULL DEFAULT 0,
    -- JSON array of function names a resubmission is limited to.
    only_functions TEXT
  ) WITHOUT ROWID;
  CREATE INDEX message_by_status ON message (status, id);
  CREATE INDEX message_by_provider ON message (provider, id);
  CREATE INDEX message_by_uri ON message (uri, id);
  CREATE INDEX message_by_event_type ON message (event_type, id) WHERE event_type IS NOT NULL;
  CREATE INDEX message_undecided ON message (id) WHERE decided = 0;

  -- What one message is made of, read one at a time.
  CREATE TABLE content (
    message_id TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    headers TEXT NOT NULL,
    trace TEXT,
    verification TEXT,
    body BLOB NOT NULL
  );

  CREATE TABLE execution (
    id INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    function TEXT NOT NULL,
    version TEXT NOT NULL,
    params TEXT NOT NULL,
    position INTEGER,
    -- 1 when executions of the same message wait for this one.
    followed INTEGER NOT NULL,
    retry TEXT NOT NULL,
    status TEXT NOT NULL,
    -- When it may run; NULL while it waits for executions before it.
    run_at INTEGER,
    -- Counts claims: a result of an earlier claim is refused.
    lease_token INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    interruptions INTEGER NOT NULL DEFAULT 0,
    UNIQUE (message_id, function)
  );
  CREATE INDEX execution_ready ON execution (function, run_at, id) WHERE status = 'PENDING' AND run_at IS NOT NULL;
  CREATE INDEX execution_running ON execution (id) WHERE status = 'RUNNING';
  CREATE INDEX execution_by_function ON execution (function, message_id);

  CREATE TABLE attempt (
    execution_id INTEGER NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    outcome TEXT NOT NULL,
    version TEXT NOT NULL,
    -- JSON: message, response, result, reason, failure, logs; a key is absent when the run did not set it.
    report TEXT NOT NULL,
    PRIMARY KEY (execution_id, number)
  ) WITHOUT ROWID;

  -- Registered deliveries: the unique key makes deduplication free of races.
  CREATE TABLE delivery (
    provider TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (provider, delivery_id)
  ) WITHOUT ROWID;
  CREATE INDEX delivery_by_expiry ON delivery (expires_at);

  CREATE TABLE token (
    name TEXT PRIMARY KEY,
    -- SHA-256 of the token; the token itself is not stored.
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- Values that functions keep from run to run (ctx.kv).
  CREATE TABLE kv (
    function TEXT NOT NULL,
    key TEXT NOT NULL,
    -- JSON.
    value TEXT NOT NULL,
    -- Characters of key and value: summed up at each write, so that a function keeps within its bounds.
    size INTEGER NOT NULL,
    -- NULL keeps it for good.
    expires_at INTEGER,
    PRIMARY KEY (function, key)
  );
  CREATE INDEX kv_sizes ON kv (function, key, size);
  `,
  `
  -- Every version of a provider or function that was ever used, so that a message can run again with its original scripts.
  CREATE TABLE script_version (
    -- 'provider' or 'function'.
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Counts the versions of one name, from 1.
    number INTEGER NOT NULL,
    -- What match traces and executions name.
    version TEXT NOT NULL,
    -- 'file' or 'database'.
    origin TEXT NOT NULL,
    -- JSON: what provider.json or function.json holds.
    definition TEXT NOT NULL,
    script TEXT NOT NULL,
    -- JSON: the shared modules it reaches, source by path.
    modules TEXT NOT NULL,
    -- The name of a token; NULL for files.
    author TEXT,
    note TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, name, number)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX script_version_by_version ON script_version (kind, name, version);

  -- 1 for a resubmission that runs the scripts in use when the original message came.
  ALTER TABLE message ADD COLUMN original_scripts INTEGER NOT NULL DEFAULT 0;

  -- What is installed in the database, and which version of it is in use.
  CREATE TABLE definition (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  `,
  `
  -- Estimated bytes of a message of a stranger (no valid signature, no function runs); NULL for all others.
  ALTER TABLE message ADD COLUMN stranger_bytes INTEGER;
  UPDATE message SET stranger_bytes = 1024 + body_bytes
    WHERE status = 'REJECTED' OR (status = 'UNMATCHED' AND provider IS NULL);
  CREATE INDEX message_of_strangers ON message (id, stranger_bytes) WHERE stranger_bytes IS NOT NULL;
  `,
  `
  -- When the latest claim expires; NULL for a claim older than leases.
  ALTER TABLE execution ADD COLUMN lease_until INTEGER;
  `,
  `
  ALTER TABLE token ADD COLUMN permissions TEXT NOT NULL DEFAULT '["admin"]';
  -- The name of a token; NULL for the server.
  ALTER TABLE token ADD COLUMN created_by TEXT;
  -- NULL keeps it for good.
  ALTER TABLE token ADD COLUMN expires_at INTEGER;
  ALTER TABLE token ADD COLUMN last_used_at INTEGER;
  CREATE INDEX token_by_digest ON token (substr(hash, 1, 8));

  -- Who did what. Values of secrets are never in it.
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    -- The name of a token; NULL for the server and its commands.
    caller TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    -- JSON.
    before TEXT,
    after TEXT
  );
  CREATE INDEX audit_by_time ON audit (at);
  CREATE INDEX audit_by_target ON audit (target, id);
  CREATE INDEX audit_by_caller ON audit (caller, id);
  CREATE INDEX audit_by_action ON audit (action, id);

  -- Values of properties that were set over the API, each encrypted by itself.
  CREATE TABLE property (
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    -- 0 is the current value; the others are still accepted.
    position INTEGER NOT NULL,
    -- 1 when it was a secret as it was set: it stays secret, whatever its definition says later.
    secret INTEGER NOT NULL,
    -- Which key it was encrypted with.
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (provider, name, position)
  ) WITHOUT ROWID;
  `,
  `
  -- Which version was in use since when, files included: shows what was in use at any time.
  CREATE TABLE script_use (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Milliseconds since the epoch.
    since INTEGER NOT NULL,
    -- NULL when it was taken out of use.
    version TEXT,
    PRIMARY KEY (kind, name, since)
  ) WITHOUT ROWID;
  `,
  `
  -- Scripts that loaded without an error when they were checked, and what each exports.
  CREATE TABLE script_check (
    -- A digest of the code and of the loader.
    key TEXT PRIMARY KEY,
    -- JSON.
    exports TEXT NOT NULL,
    -- Milliseconds since the epoch, to the day.
    used_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX script_check_by_use ON script_check (used_at);

  -- Lists of match scripts in the order in which they run: traces refer to them.
  CREATE TABLE match_order (
    -- A digest of the order.
    id TEXT PRIMARY KEY,
    -- A JSON list of [provider, version].
    asked TEXT NOT NULL,
    -- Milliseconds since the epoch, to the day.
    used_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- Finds the copies of a message.
  CREATE INDEX message_by_original ON message (resubmitted_from) WHERE resubmitted_from IS NOT NULL;

  -- From here on bodies may be deflated (packed-body.ts): earlier releases would take them for the received bytes.
  `,
  `
  -- The single attempt of an execution that ended before it was stored, as in \`attempt\`: saves a row per execution.
  ALTER TABLE execution ADD COLUMN ended_at INTEGER;
  ALTER TABLE execution ADD COLUMN duration_ms REAL;
  ALTER TABLE execution ADD COLUMN outcome TEXT;
  ALTER TABLE execution ADD COLUMN report TEXT;
  `,
  `
  -- Lower-case names of headers that match scripts verified messages with: their values are secrets.
  CREATE TABLE proof_header (name TEXT PRIMARY KEY) WITHOUT ROWID;
  `,
  `
  -- The first message of a delivery, if an earlier message of it failed and this one runs the failed functions again.
  ALTER TABLE message ADD COLUMN repetition_of TEXT;
  CREATE INDEX message_by_repetition ON message (repetition_of) WHERE repetition_of IS NOT NULL;

  -- The first message of the delivery, if \`message_id\` is a later one.
  ALTER TABLE delivery ADD COLUMN first_id TEXT;
  -- A JSON list of the functions that failed for good; NULL while they run, and when none failed.
  ALTER TABLE delivery ADD COLUMN failed TEXT;
  UPDATE delivery SET failed = (
    SELECT json_group_array(function) FROM execution WHERE execution.message_id = delivery.message_id AND execution.status = 'FAILED')
    WHERE EXISTS (SELECT 1 FROM message WHERE id = delivery.message_id AND status = 'FAILED');
  `,
  `
  -- People signed in to the console.
  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    -- The SHA-256 of the secret in the cookie.
    hash BLOB NOT NULL,
    -- token, link or oidc.
    via TEXT NOT NULL,
    -- The SHA-256 of the token it belongs to; without that token the session is over. With an issuer, that of issuer and subject.
    owner BLOB NOT NULL,
    -- NULL for the session of a token, as are the name and the permissions (a JSON array): the token has them.
    issuer TEXT,
    name TEXT,
    permissions TEXT,
    remote_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    -- Milliseconds since the epoch.
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX session_by_hash ON session (substr(hash, 1, 8));

  -- One-time links for a sign-in; a link that was used is deleted.
  CREATE TABLE sign_in_link (
    -- The SHA-256 of the code in the link.
    hash BLOB PRIMARY KEY,
    -- The SHA-256 of the token that the session will belong to.
    owner BLOB NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  ROLLUP_SCHEMA,
];
