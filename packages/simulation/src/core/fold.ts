import type { MachineSnapshot, WorkflowMachine } from "@automatosx/rescript-core";
import type { Core } from "./Core.js";
import type { Plan } from "./Plan.js";
import { BrokenPromise } from "./promises.js";
import { Recount } from "./Recount.js";
import type { Entry } from "./ShellRules.js";
import type { KeptCheckpoint } from "./World.js";

/** When worlds begin. A date of our days: doubles that large lie on one grid, so that what is added to an instant can be taken off again. */
export const EPOCH = 1_750_000_000_000;

/** How many events bring a new machine to where a checkpoint can be laid over it. */
const PREPARING = 4;

interface Kept {
  readonly core: Core;
  readonly checkpoints: readonly KeptCheckpoint[];
}

function foldOn(core: Core, machine: WorkflowMachine, journal: readonly Entry[]): WorkflowMachine {
  let folded = machine;
  for (const { event, at } of journal) {
    const outcome = core.transition(folded, event, at);
    if (!outcome.ok)
      throw new BrokenPromise(
        "memoryIsFold",
        `the journal holds a ${outcome.event} that is declined: ${outcome.reason}`,
      );
    folded = outcome.machine;
  }
  return folded;
}

/** The machine that these events give, from the first on. */
export const foldWhole = (
  { core }: Pick<Kept, "core">,
  journal: readonly Entry[],
): WorkflowMachine => foldOn(core, core.make(EPOCH), journal);

/** The newest checkpoint, put together from its differences, and the journal after it; without one, the whole journal. */
export function foldFromCheckpoint(
  { core, checkpoints }: Kept,
  journal: readonly Entry[],
): WorkflowMachine {
  const newest = checkpoints.at(-1);
  if (newest === undefined) return foldWhole({ core }, journal);
  const prepared = foldOn(core, core.make(EPOCH), journal.slice(0, PREPARING));
  const snapshots = checkpoints.map(
    ({ text }) => (JSON.parse(text) as [unknown, MachineSnapshot])[1],
  );
  return foldOn(core, core.fastForward(prepared, snapshots), journal.slice(newest.seq));
}

export function recountOf(plan: Plan, journal: readonly Entry[]): Recount {
  const recount = new Recount(plan);
  for (const { event, at } of journal) recount.apply(event, at);
  return recount;
}
