-- 012: which machine an owner is on, who started each agent process, and which file this database is.
-- Rows written before this migration have NULL in the new columns, and are judged by host name.

-- Changes with each boot, and differs between pid namespaces: only on the same machine does a process id identify a
-- process. `owner_host` is for display.
ALTER TABLE workflow_runs ADD COLUMN owner_machine TEXT CHECK (owner_machine IS NULL OR owner_machine <> '' AND owner_id IS NOT NULL);

-- The engine that started the process, and its machine. `token` is in the environment of every process of the attempt.
-- `database_id` is the identity of the database file at the time: a process recorded in a copy belongs to the original.
ALTER TABLE workflow_agent_processes ADD COLUMN owner_id TEXT CHECK (owner_id <> '');
ALTER TABLE workflow_agent_processes ADD COLUMN machine TEXT CHECK (machine <> '');
ALTER TABLE workflow_agent_processes ADD COLUMN token TEXT CHECK (token <> '');
ALTER TABLE workflow_agent_processes ADD COLUMN database_id TEXT CHECK (database_id <> '');

-- One row. An engine that opens a file with another device or inode than these renews the identity: the file is a copy.
-- Both are text, since they can exceed 64 signed bits; they are NULL until an engine has opened the file.
CREATE TABLE workflow_database (
  only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
  database_id  TEXT NOT NULL CHECK (length(database_id) = 32 AND database_id NOT GLOB '*[^0-9a-f]*'),
  device       TEXT CHECK (device <> ''),
  inode        TEXT CHECK (inode <> ''),
  CHECK ((device IS NULL) = (inode IS NULL))
) STRICT;

INSERT INTO workflow_database (only_row, database_id) VALUES (1, lower(hex(randomblob(16))));
UPDATE workflow_agent_processes SET database_id = (SELECT database_id FROM workflow_database);
