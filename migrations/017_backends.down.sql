-- Removes what 017 added. Copies of runs of other backends stay, as runs that no engine owns.
ALTER TABLE workflow_runs DROP COLUMN backend;
