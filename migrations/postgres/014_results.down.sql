DROP TABLE axw.workflow_run_changes;
DROP TABLE axw.workflow_result_cache;
DROP TABLE axw.workflow_run_definitions;
