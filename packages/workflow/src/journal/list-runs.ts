import { checkOptions, type OptionChecks } from "../checks/check-options.js";
import { flag } from "../checks/option-checks.js";
import { WorkflowError } from "../errors.js";
import { damagedRun } from "../storage/damaged-run.js";
import { isOrphaned } from "../storage/owner-state.js";
import { RUN_FILTER_CHECKS } from "../storage/run-filter-check.js";
import type {
  RunFilter,
  StoragePort,
  StoredDefinition,
  StoredRun,
} from "../storage/StoragePort.js";
import { checkRun } from "./check-run.js";

/** Which runs to list. An absent field matches every run. */
export interface ListFilter extends RunFilter {
  /**
   * True for the runs that are `running` but that no living engine owns, false for all others. The
   * owners are judged on reading, so every run that matches the other fields is read.
   */
  readonly isOrphaned?: boolean;
}

const LIST_FILTER_CHECKS: OptionChecks<ListFilter> = { ...RUN_FILTER_CHECKS, isOrphaned: flag };

/**
 * Lists runs for display, newest first, and checks each one. A damaged run is listed as failed,
 * with the reason in `error` and `damage`. `now`, in ms since the epoch, decides which leases have
 * expired.
 */
export function listRuns(
  storage: StoragePort,
  filter: ListFilter = {},
  now?: number,
): readonly StoredRun[] {
  checkOptions<ListFilter>("listRuns", filter, LIST_FILTER_CHECKS);
  const definitions = new Map<string, StoredDefinition | WorkflowError | undefined>();
  return matching(storage, filter, now).map((run) => {
    if (run.damage !== undefined) return run;
    const definition =
      definitions.get(run.definitionHash) ?? findDefinition(storage, run.definitionHash);
    definitions.set(run.definitionHash, definition);
    const damage = problemOfDefinition(run, definition) ?? checkRun(storage, run);
    if (damage === undefined) return run;
    const { finishedAt: _, ...rest } = run;
    return {
      ...rest,
      state: "failed",
      status: "failed",
      error: damage.message,
      errorCode: damage.code,
      damage: damage.message,
    };
  });
}

// The limit counts the runs that match, so it applies after the owners are judged. A damaged run is
// never hidden: its owner may be damaged too.
function matching(
  storage: StoragePort,
  { isOrphaned: wanted, ...filter }: ListFilter,
  now: number | undefined,
): readonly StoredRun[] {
  if (wanted === undefined) return storage.listRuns(filter);
  const { limit, ...others } = filter;
  if (wanted && (others.status ?? "running") !== "running") return [];
  return storage
    .listRuns(wanted ? { ...others, status: "running" } : others)
    .filter((run) => run.damage !== undefined || isOrphaned(run, now) === wanted)
    .slice(0, limit);
}

function findDefinition(
  storage: StoragePort,
  hash: string,
): StoredDefinition | WorkflowError | undefined {
  try {
    return storage.getWorkflow(hash);
  } catch (error) {
    if (error instanceof WorkflowError) return error;
    throw error;
  }
}

function problemOfDefinition(
  run: StoredRun,
  definition: StoredDefinition | WorkflowError | undefined,
): WorkflowError | undefined {
  if (definition === undefined) return damagedRun(run.runId, "its definition is missing");
  if (definition instanceof WorkflowError) return definition;
  const { name, version, stepCount } = definition;
  const isSame =
    name === run.workflowName && version === run.workflowVersion && stepCount === run.stepCount;
  return isSame ? undefined : damagedRun(run.runId, "it refers to another definition");
}
