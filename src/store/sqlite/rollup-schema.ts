/** The step of the schema that adds counts for charts, and problems. */

export const ROLLUP_SCHEMA = `
-- Counts of ended messages by time, for charts. They are taken from the rows of the messages: src/store/rollups/.
CREATE TABLE rollup (
  -- Minutes that a row covers: 1, 60 or 1440.
  span INTEGER NOT NULL,
  -- The first of them, in minutes since the epoch.
  start INTEGER NOT NULL,
  -- See packed-counts.ts.
  counts BLOB NOT NULL,
  PRIMARY KEY (span, start)
);
-- Names of providers, functions and statuses, which counts refer to by number.
CREATE TABLE rollup_name (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
-- One row. Messages up to this id are counted, except those in rollup_pending.
CREATE TABLE rollup_state (through TEXT NOT NULL);
INSERT INTO rollup_state VALUES ('');
CREATE TABLE rollup_pending (
  message_id TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE
) WITHOUT ROWID;

-- The cause of a rejection or of a missing match, and of a failed execution; set when the message is counted.
ALTER TABLE message ADD COLUMN problem TEXT;
ALTER TABLE execution ADD COLUMN problem TEXT;
CREATE INDEX message_by_problem ON message (problem, id) WHERE problem IS NOT NULL;
CREATE INDEX execution_by_problem ON execution (problem, message_id) WHERE problem IS NOT NULL;
CREATE TABLE problem (
  -- A digest of the cause.
  key TEXT PRIMARY KEY,
  -- JSON.
  cause TEXT NOT NULL,
  -- NULL when it is not muted.
  muted_at INTEGER,
  -- NULL when it is muted until it happens again.
  muted_until INTEGER,
  -- The name of a token.
  muted_by TEXT
) WITHOUT ROWID;
CREATE TABLE problem_count (
  problem TEXT NOT NULL,
  -- Hours since the epoch.
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (problem, hour)
) WITHOUT ROWID;
`;
