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
  const preparing = preparingEvents(journal, newest.seq);
  const prepared = foldOn(core, core.make(EPOCH), preparing);
  const snapshots = checkpoints.map(
    ({ text }) => (JSON.parse(text) as [unknown, MachineSnapshot])[1],
  );
  return foldOn(core, core.fastForward(prepared, snapshots), journal.slice(newest.seq));
}

/**
 * The events that prepare a machine for a checkpoint: those with which the run began, of the
 * workflow and the inputs that it had by then.
 */
function preparingEvents(journal: readonly JournaledEvent[], seq: number): JournaledEvent[] {
  const changes = journal
    .slice(0, seq)
    .flatMap(({ event }) => (event.type === "definition_changed" ? [event] : []));
  const newest = changes.at(-1);
  const beginning = journal.slice(0, PREPARING);
  if (newest === undefined) return beginning;
  const given = changes.findLast(({ inputs }) => inputs !== undefined);
  const { steps, policy, outputs, handlers, nodes, edges, executionOrder } = newest;
  return beginning.map(({ event, at }) => {
    switch (event.type) {
      case "initiate_workflow":
        return { at, event: given?.inputs ? { ...event, inputs: given.inputs } : event };
      case "workflow_parsed": {
        const more = { ...(outputs && { outputs }), ...(handlers && { handlers }) };
        return { at, event: { type: event.type, steps, policy, ...more } };
      }
      case "graph_built":
        return { at, event: { type: event.type, nodes, edges, executionOrder } };
      default:
        return { at, event };
    }
  });
}

export function recountOf(plan: Plan, journal: readonly JournaledEvent[]): Recount {
  const recount = new Recount(plan);
  for (const { event, at } of journal) recount.apply(event, at);
  return recount;
}
