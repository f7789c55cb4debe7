import type { JournalEntry } from "@automatosx/schemas";
import type { JournalOptions } from "../backend/ExecutionBackend.js";
import { checkOptions } from "../checks/check-options.js";
import { WorkflowError } from "../errors.js";
import { type ChangeOptions, followChanges } from "../observe/follow-changes.js";
import { type FollowedRun, followRun } from "../observe/follow-run.js";
import { isOwned } from "../storage/owner-state.js";
import type { EngineContext } from "./EngineContext.js";
import { checkId, EVENTS_CHECKS } from "./engine-option-checks.js";
import type { EventsOptions } from "./RunHandle.js";

type Watched = Pick<EngineContext, "storage" | "runs" | "ports">;

/** Yields the events of a run, stored and future, regardless of which process owns it. */
export function followEvents(engine: Watched, runId: string, options: EventsOptions): FollowedRun {
  checkOptions<EventsOptions>("events", options, EVENTS_CHECKS);
  return followRun(engine.storage, runId, { ...options, ...changesOf(engine, runId) });
}

/** Yields the journal of a run, stored and future, regardless of which process owns it. */
export async function* followJournal(
  engine: Watched,
  runId: string,
  options: JournalOptions,
): AsyncGenerator<JournalEntry, void, undefined> {
  checkId(runId);
  checkOptions<JournalOptions>("journal", options, EVENTS_CHECKS);
  const { storage } = engine;
  const { afterSeq = 0, signal } = options;
  const run = storage.getRun(runId);
  if (run === undefined)
    throw new WorkflowError("run_not_found", `Run ${runId} does not exist.`, { runId });
  if (afterSeq > run.journalSeq)
    throw new WorkflowError(
      "invalid_argument",
      `The journal of run ${runId} has ${run.journalSeq} entries; ${afterSeq} is beyond its end.`,
      { runId, remedy: "Read the journal from its first entry." },
    );
  let seq = afterSeq;
  for await (const _ of followChanges(storage, { ...changesOf(engine, runId), signal })) {
    for (const entry of storage.readJournal(runId, seq)) {
      seq = entry.seq;
      yield entry;
    }
  }
}

// A run that is active here announces its turns; any other run is polled while an engine owns it.
function changesOf(
  { storage, runs, ports }: Watched,
  runId: string,
): Pick<ChangeOptions, "isLive" | "untilChange"> {
  // A run that is only beginning here may be another engine's.
  if (runs.begun(runId) !== undefined)
    return { isLive: () => runs.has(runId), untilChange: () => runs.whenChanged(runId) };
  return {
    isLive: () => {
      const run = storage.getRun(runId);
      return run !== undefined && isOwned(run, ports.clock.now());
    },
  };
}
