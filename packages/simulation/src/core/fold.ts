import type { MachineSnapshot, WorkflowMachine } from "@automatosx/rescript-core";
import type { Core } from "./Core.js";
import type { JournaledEvent } from "./journaled-event.js";
import type { KeptCheckpoint } from "./kept-checkpoint.js";
import type { Plan } from "./Plan.js";
import { BrokenPromise } from "./promises.js";
import { Recount } from "./Recount.js";

/**
 * When worlds begin. It is a present-day date: doubles of this size are evenly spaced, so adding a
 * delay to an instant and subtracting it again is exact.
 */
export const EPOCH = 1_750_000_000_000;

/**
 * The number of events that bring a new machine to the state in which a checkpoint can be applied.
 */
const PREPARING = 4;

interface Stored {
  readonly core: Core;
  readonly checkpoints: readonly KeptCheckpoint[];
}

function foldOn(
  core: Core,
  machine: WorkflowMachine,
  journal: readonly JournaledEvent[],
): WorkflowMachine {
  let folded = machine;
  for (const { event, at } of journal) {
    const outcome = core.transition(folded, event, at);
    if (!outcome.ok)
      throw new BrokenPromise(
        "memoryIsFold",
        `the journal holds a ${outcome.event} that the machine refuses: ${outcome.reason}`,
      );
    folded = outcome.machine;
  }
  return folded;
}

/** The machine after applying all these events. */
export const foldWhole = (
  { core }: Pick<Stored, "core">,
  journal: readonly JournaledEvent[],
): WorkflowMachine => foldOn(core, core.make(EPOCH), journal);

/**
 * Folds the newest checkpoint, assembled from its differences, and the journal after it or, without
 * a checkpoint, the whole journal.
 */
export function foldFromCheckpoint(
  { core, checkpoints }: Stored,
  journal: readonly JournaledEvent[],
): WorkflowMachine {
  const newest = checkpoints.at(-1);
  if (newest === undefined) return foldWhole({ core }, journal);
  const prepared = foldOn(core, core.make(EPOCH), journal.slice(0, PREPARING));
  const snapshots = checkpoints.map(
    ({ text }) => (JSON.parse(text) as [unknown, MachineSnapshot])[1],
  );
  return foldOn(core, core.fastForward(prepared, snapshots), journal.slice(newest.seq));
}

export function recountOf(plan: Plan, journal: readonly JournaledEvent[]): Recount {
  const recount = new Recount(plan);
  for (const { event, at } of journal) recount.apply(event, at);
  return recount;
}
