/**
 * The migrations of the tables, one text per version. Databases store the sha-256 of each text, so
 * a text is never edited. A backslash at the end of a line continues the line and is not part of
 * it.
 */
export const MIGRATIONS: readonly string[] = [
  `
-- One row a checkpoint, without the values of its channels: \`channels\` is a JSON list of\
 [name, version, sha-256] that
-- leads to them. The hash is\
 over all columns: SQLite does not notice a flipped bit.
CREATE TABLE workflow_langgraph_checkpoints (
  thread_id             TEXT NOT NULL CHECK (thread_id <> ''),
  checkpoint_ns         TEXT NOT NULL,
  checkpoint_id         TEXT NOT NULL CHECK (checkpoint_id <> ''),
  parent_checkpoint_id  TEXT CHECK (parent_checkpoint_id <> ''),
  channels              TEXT NOT NULL CHECK (json_valid(channels) AND json_type(channels) =\
 'array'),
  type                  TEXT NOT NULL,
  checkpoint            BLOB NOT NULL,
  metadata_type         TEXT NOT NULL,
  metadata              BLOB NOT NULL,
  row_hash              TEXT NOT NULL CHECK (length(row_hash) = 64),
  PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
) STRICT;

-- For listing over all threads, newest first.
CREATE INDEX workflow_langgraph_checkpoints_by_id ON workflow_langgraph_checkpoints (checkpoint_id);

-- What tasks wrote after a checkpoint, before the next. No foreign key: a write may come before\
 its checkpoint does.
CREATE TABLE workflow_langgraph_writes (
  thread_id      TEXT NOT NULL CHECK (thread_id <> ''),
  checkpoint_ns  TEXT NOT NULL,
  checkpoint_id  TEXT NOT NULL CHECK (checkpoint_id <> ''),
  task_id        TEXT NOT NULL CHECK (task_id <> ''),
  idx            INTEGER NOT NULL,
  task_path      TEXT NOT NULL,
  channel        TEXT NOT NULL,
  type           TEXT NOT NULL,
  value          BLOB NOT NULL,
  row_hash       TEXT NOT NULL CHECK (length(row_hash) = 64),
  PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
) STRICT;

-- How many writes a checkpoint has, and which checkpoint of a namespace is the newest of how\
 many: a row that is gone
-- has no hash that could be wrong.
CREATE TABLE workflow_langgraph_write_counts (
  thread_id      TEXT NOT NULL CHECK (thread_id <> ''),
  checkpoint_ns  TEXT NOT NULL,
  checkpoint_id  TEXT NOT NULL CHECK (checkpoint_id <> ''),
  writes         INTEGER NOT NULL CHECK (writes >= 1),
  row_hash       TEXT NOT NULL CHECK (length(row_hash) = 64),
  PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE workflow_langgraph_heads (
  thread_id      TEXT NOT NULL CHECK (thread_id <> ''),
  checkpoint_ns  TEXT NOT NULL,
  newest_id      TEXT NOT NULL CHECK (newest_id <> ''),
  checkpoints    INTEGER NOT NULL CHECK (checkpoints >= 1),
  row_hash       TEXT NOT NULL CHECK (length(row_hash) = 64),
  PRIMARY KEY (thread_id, checkpoint_ns)
) STRICT, WITHOUT ROWID;

-- Values of channels, each content once a thread, under its sha-256. With a base, the content is\
 the first \`prefix\` bytes
-- of the base, then \`content\`, then its last \`suffix\` bytes. \`depth\` counts the bases down\
 to one that is whole.
CREATE TABLE workflow_langgraph_values (
  thread_id  TEXT NOT NULL CHECK (thread_id <> ''),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  type       TEXT NOT NULL,
  base       TEXT CHECK (length(base) = 64),
  prefix     INTEGER NOT NULL CHECK (prefix >= 0),
  suffix     INTEGER NOT NULL CHECK (suffix >= 0),
  depth      INTEGER NOT NULL CHECK (depth >= 0),
  content    BLOB NOT NULL,
  PRIMARY KEY (thread_id, sha256),
  CHECK ((base IS NULL) = (depth = 0)),
  CHECK (base IS NOT NULL OR (prefix = 0 AND suffix = 0))
) STRICT;
`,
];
