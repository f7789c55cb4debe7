-- 016: notices. How far the notices of each run came to each of their receivers. What the notices say is derived from the journal, so
-- that an entry and its notices cannot disagree, and a notice whose process died before it was delivered is found again.

-- Every notice of the entries up to `seq`, and the first `part` notices of the entry after it, were delivered or given up. `receiver` is
-- the sha-256 of its address, and `name` what people see of it: an address may contain a secret. `failures` counts the failed attempts
-- at the next notice, `given_up` the notices that were given up. `holder` is the engine that delivers now, as JSON.
CREATE TABLE workflow_notices (
  run_id      TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  receiver    TEXT NOT NULL CHECK (length(receiver) = 64 AND receiver NOT GLOB '*[^0-9a-f]*'),
  name        TEXT NOT NULL CHECK (name <> ''),
  seq         INTEGER NOT NULL CHECK (seq >= 0),
  part        INTEGER NOT NULL DEFAULT 0 CHECK (part >= 0),
  failures    INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
  given_up    INTEGER NOT NULL DEFAULT 0 CHECK (given_up >= 0),
  due_at      REAL CHECK (due_at BETWEEN 0 AND 9e15),
  error       TEXT,
  holder      TEXT CHECK (json_valid(holder)),
  held_until  REAL CHECK (held_until BETWEEN 0 AND 9e15),
  PRIMARY KEY (run_id, receiver)
) STRICT, WITHOUT ROWID;
