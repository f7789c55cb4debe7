DROP TABLE axw.workflow_database;
ALTER TABLE axw.workflow_agent_processes DROP COLUMN owner_id, DROP COLUMN machine, DROP COLUMN token, DROP COLUMN database_id;
ALTER TABLE axw.workflow_runs DROP COLUMN started_from, DROP COLUMN owner_machine;
