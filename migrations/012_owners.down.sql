-- Removes what 012 added. Runs and results stay.
DROP TABLE workflow_database;
ALTER TABLE workflow_agent_processes DROP COLUMN database_id;
ALTER TABLE workflow_agent_processes DROP COLUMN token;
ALTER TABLE workflow_agent_processes DROP COLUMN machine;
ALTER TABLE workflow_agent_processes DROP COLUMN owner_id;
ALTER TABLE workflow_runs DROP COLUMN owner_machine;
