-- Takes away everything that 011 brought, runs and results included. Tables of other phases are left alone.
DROP VIEW workflow_run_summary;
DROP VIEW workflow_run_steps;
DROP VIEW workflow_step_attempts;
DROP VIEW workflow_events;
DROP TABLE workflow_step_logs;
DROP TABLE workflow_agent_processes;
DROP TABLE workflow_commands;
DROP TABLE workflow_artifacts;
DROP TABLE workflow_checkpoints;
DROP TABLE workflow_journal;
DROP TABLE workflow_runs;
DROP TABLE workflow_definitions;
DROP TABLE workflow_migrations;
