DROP TABLE workflow_notices;
