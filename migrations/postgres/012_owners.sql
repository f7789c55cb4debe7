-- 012: which machine an owner is on, where a run was started, who started each agent process, and which database this is.

ALTER TABLE axw.workflow_runs ADD COLUMN owner_machine text;
ALTER TABLE axw.workflow_runs ADD COLUMN started_from text;

ALTER TABLE axw.workflow_agent_processes ADD COLUMN owner_id text CHECK (owner_id <> '');
ALTER TABLE axw.workflow_agent_processes ADD COLUMN machine text CHECK (machine <> '');
ALTER TABLE axw.workflow_agent_processes ADD COLUMN token text CHECK (token <> '');
ALTER TABLE axw.workflow_agent_processes ADD COLUMN database_id text CHECK (database_id <> '');

-- One row. `device` is the identifier of the server's cluster, `inode` that of the database in it: a restored dump has others, and an
-- engine that finds them changed renews the identity, because the processes that are recorded belong to the original.
CREATE TABLE axw.workflow_database (
  only_row     integer PRIMARY KEY CHECK (only_row = 1),
  database_id  text NOT NULL CHECK (database_id ~ '^[0-9a-f]{32}$'),
  device       text CHECK (device <> ''),
  inode        text CHECK (inode <> ''),
  CHECK ((device IS NULL) = (inode IS NULL))
);
INSERT INTO axw.workflow_database (only_row, database_id) VALUES (1, replace(gen_random_uuid()::text, '-', ''));
