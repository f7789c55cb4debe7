import { SELECT_RUN } from "./run-queries.js";

/** The SQL of `RunPageDAO`. */

// `lower` changes ASCII letters only, as the text it is compared with.
const MATCHES = `(@workflowId IS NULL OR run.workflow_id = @workflowId)
    AND (@isChild IS NULL OR (run.parent_step_id IS NOT NULL) = @isChild)
    AND (@text IS NULL
      OR instr(lower(run.run_id), @text) > 0 OR instr(lower(run.workflow_id), @text) > 0
      OR instr(lower(coalesce(run.error, '')), @text) > 0 OR instr(lower(run.inputs), @text) > 0
      OR run.definition_hash IN (
        SELECT hash FROM workflow_definitions WHERE instr(lower(name), @text) > 0))`;

const WITHIN = "run.created_at >= @from AND run.created_at < @before";

/** The runs after a position, newest first, each with whether it matches the search. */
export const pageSql = (index: "by_age" | "by_status"): string => `
  SELECT run.run_number, run.created_at, run.run_id, run.status, (${MATCHES}) AS matches
  FROM workflow_runs run INDEXED BY workflow_runs_${index}
  WHERE ${index === "by_age" ? "" : "run.status = @status AND"} ${WITHIN}
    AND run.created_at <= @afterAt
    AND (run.created_at < @afterAt OR @afterId IS NULL OR run.run_id < @afterId)
  ORDER BY run.created_at DESC, run.run_id DESC`;

/** The rows of the runs with these numbers, a JSON list, newest first. */
export const PAGE_ROWS = `
  ${SELECT_RUN}
  WHERE run.run_number IN (SELECT value FROM json_each(?))
  ORDER BY run.created_at DESC, run.run_id DESC`;

/** Counts by an index alone, without child runs if they are not wanted. */
export const TALLY_STATUSES = `
  SELECT status, sum(count) AS count, 0 AS looked_at FROM (
    SELECT status, count(*) AS count FROM workflow_runs run INDEXED BY workflow_runs_by_status
    WHERE @isChild IS NOT 1 AND ${WITHIN} GROUP BY status
    UNION ALL
    SELECT status, iif(@isChild = 1, 1, -1) * count(*)
    FROM workflow_runs run INDEXED BY workflow_runs_forks
    WHERE @isChild IS NOT NULL AND parent_run_id IS NOT NULL AND parent_step_id IS NOT NULL
      AND ${WITHIN} GROUP BY status)
  GROUP BY status`;

/** Counts the newest runs that match. */
export const TALLY_NEWEST = `
  SELECT status, sum(matches) AS count, count(*) AS looked_at FROM (
    SELECT run.status, (${MATCHES}) AS matches
    FROM workflow_runs run INDEXED BY workflow_runs_by_age
    WHERE ${WITHIN} ORDER BY run.created_at DESC LIMIT @most)
  GROUP BY status`;
