import {
  CheckpointManager,
  checkArtifacts,
  checkNotes,
  listRuns,
  RunReader,
  type StoragePort,
} from "@automatosx/workflow";
import { next } from "../../next/actions.js";
import { shortId } from "../../render/short-id.js";
import { count } from "../../render/words.js";
import type { Finding, Remedy } from "./Finding.js";

const RUN_LIMIT = 100_000;

/** The remedy for damaged data: a salvage into the new file `database`. */
export function salvageRemedy(database: string): Remedy {
  return {
    text: "Restore a backup, or salvage the intact data:",
    command: next("salvage_database", "damaged", { database }),
  };
}

/** A storage that may be able to check its pages. */
type Checkable = StoragePort & { readonly checkPages?: () => readonly string[] };

/**
 * Checks every page, if the storage can, and every run's journal and checkpoints. `salvage` is the
 * remedy for damaged data.
 */
export function verifyDatabase(storage: Checkable, salvage: Remedy): Finding[] {
  const runs = listRuns(storage, { limit: RUN_LIMIT });
  const problems = [
    ...(storage.checkPages?.() ?? []).map((detail) => damagedPage(detail, salvage)),
    ...runs.flatMap((run) => verifyRun(storage, run.runId, salvage)),
  ];
  if (problems.length > 0) return problems;
  return [
    {
      status: "ok",
      what: "journals",
      detail: `${count(runs.length, "run")}: every entry and checkpoint matches its hash`,
    },
  ];
}

function damagedPage(detail: string, remedy: Remedy): Finding {
  return {
    status: "error",
    what: "pages",
    detail,
    remedy,
  };
}

function verifyRun(storage: StoragePort, runId: string, salvage: Remedy): Finding[] {
  const what = `run ${shortId(runId)}`;
  try {
    // Read each run twice: the whole journal from its first entry, then starting from the
    // checkpoints, as a resume does.
    for (const entry of storage.readJournal(runId)) checkArtifacts(storage, entry);
    const { problems } = RunReader.open(storage, runId).catchUp();
    const warnings = problems.map(
      (problem): Finding => ({
        status: "warning",
        what,
        detail: problem.message,
        ...remedyOf(problem, salvage),
      }),
    );
    const note = checkNotes(storage, runId);
    if (note !== undefined) warnings.push({ status: "warning", what, detail: note });
    const reported = warnings.map(({ detail }) => detail).join();
    const others = new CheckpointManager(storage)
      .listCheckpoints(runId)
      .filter(
        ({ damage, checkpointId }) => damage !== undefined && !reported.includes(checkpointId),
      );
    return [
      ...warnings,
      ...others.map(
        ({ checkpointId, damage }): Finding => ({
          status: "warning",
          what,
          detail: `Checkpoint ${checkpointId} is damaged (${damage})`,
        }),
      ),
    ];
  } catch (error) {
    return [
      { status: "error", what, detail: (error as Error).message, ...remedyOf(error, salvage) },
    ];
  }
}

function remedyOf(error: unknown, salvage: Remedy): Pick<Finding, "remedy"> {
  const { code, remedy } = error as { code?: string; remedy?: string };
  if (code === "journal_damaged" || code === "database_unusable") return { remedy: salvage };
  return remedy === undefined ? {} : { remedy: { text: remedy } };
}
