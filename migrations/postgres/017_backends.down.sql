-- Copies of runs of other backends stay, as runs that no engine owns.
DROP FUNCTION axw.commit(double precision, boolean, json, json, json, json, json, json, json, json, json, json, json, text);
ALTER TABLE axw.workflow_runs DROP COLUMN backend;
