-- 016: notices. How far the notices of each run came to each of their receivers.

-- Every notice of the entries up to `seq`, and the first `part` notices of the entry after it, were delivered or given up. `receiver` is
-- the sha-256 of its address, and `name` what people see of it. `holder` is the engine that delivers now, as JSON; `held_until` is by the
-- clock of that engine.
CREATE TABLE axw.workflow_notices (
  run_id      text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  receiver    text NOT NULL CHECK (receiver ~ '^[0-9a-f]{64}$'),
  name        text NOT NULL CHECK (name <> ''),
  seq         integer NOT NULL CHECK (seq >= 0),
  part        integer NOT NULL DEFAULT 0 CHECK (part >= 0),
  failures    integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  given_up    integer NOT NULL DEFAULT 0 CHECK (given_up >= 0),
  due_at      double precision CHECK (due_at BETWEEN 0 AND 9e15),
  error       text,
  holder      text CHECK (holder IS NULL OR holder::json IS NOT NULL),
  held_until  double precision,
  PRIMARY KEY (run_id, receiver)
);
