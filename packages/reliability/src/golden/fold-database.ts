import { createHash } from "node:crypto";
import { Machine, openSqliteStorage, RunReader } from "@automatosx/workflow";

/** A longer text is replaced by its length and its hash. */
const MAX_TEXT_LENGTH = 1000;

/**
 * Returns how this version folds the journals of a database, as one line of JSON for each journal
 * entry and one for the end of each run. A line of an entry holds what the entry changed in the
 * machine and the events that observers see. A line of an end holds the whole machine and its
 * steps. Runs are in the order of their ids, so the lines of a database are always the same.
 */
export function foldDatabase(path: string): string[] {
  const storage = openSqliteStorage({ path, readOnly: true });
  try {
    const runIds = storage.listRuns().map(({ runId }) => runId);
    return runIds.toSorted().flatMap((runId) => foldRun(storage, runId));
  } finally {
    storage.close();
  }
}

function foldRun(storage: ReturnType<typeof openSqliteStorage>, runId: string): string[] {
  const { view } = RunReader.open(storage, runId);
  const lines: string[] = [];
  for (const entry of storage.readJournal(runId)) {
    const before = view.machine;
    const events = view.apply(entry);
    const changed = Machine.snapshot(view.machine, before);
    lines.push(asLine({ runId, seq: entry.seq, type: entry.type, changed, events }));
  }
  const { state, status } = view;
  const machine = Machine.snapshot(view.machine, undefined);
  const end = { machine, steps: view.steps(), metrics: view.metrics(), results: view.results() };
  lines.push(asLine({ runId, state, status, ...end }));
  return lines;
}

function asLine(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "string" && part.length > MAX_TEXT_LENGTH
      ? { length: part.length, sha256: createHash("sha256").update(part).digest("hex") }
      : part,
  );
}
