DROP FUNCTION axw.commit(double precision, boolean, json, json, json, json, json, json, json, json, json, json, json, text);
DROP TABLE axw.workflow_notices;
