DROP VIEW axw.workflow_run_summary;
DROP VIEW axw.workflow_run_steps;
DROP VIEW axw.workflow_step_attempts;
DROP FUNCTION axw.texts_in(json);
DROP FUNCTION axw.json_of(text);
DROP TABLE axw.workflow_run_changes;
DROP TABLE axw.workflow_result_cache;
DROP TABLE axw.workflow_run_definitions;
