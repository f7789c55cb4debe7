DROP TABLE axw.workflow_notices;
