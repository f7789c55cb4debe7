import { Context, Machine, RunReader } from "@automatosx/workflow";
import { expectedEnding } from "./expected-ending.js";
import { sorted } from "./Operator.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { World } from "./World.js";

/** What holds of a run that is over: its journal is whole and holds all that was acknowledged, and it ended as it had to. */
export function checkJournal(world: World, run: SimulatedRun): void {
  const { id, model } = run;
  const wrong = (what: string): void => world.report(`${run.name}: ${what}`);
  if (id === undefined) return;
  try {
    const stored = [...world.look.readJournal(id)];
    const missing = model.entries.find(
      (entry, index) => JSON.stringify(whole(entry)) !== JSON.stringify(whole(stored[index])),
    );
    if (missing !== undefined)
      wrong(
        `entry ${missing.seq} (${missing.type}) was acknowledged, and the journal does not have it`,
      );
    if (stored.length > model.entries.length)
      wrong(`the journal has ${stored.length} entries; ${model.entries.length} were acknowledged`);
    checkFolds(world, run, wrong);
  } catch (error) {
    wrong(error instanceof Error ? error.message : String(error));
    return;
  }
  const row = world.look.getRun(id);
  if (row?.status !== model.ending)
    wrong(`its row says ${row?.status}; on record it is ${model.ending}`);
  if (row?.owner !== undefined) wrong(`it is over, and ${row.owner.ownerId} still owns it`);
  if (model.ending === "cancelled" && !run.wasCancelAsked)
    wrong("is cancelled, and no one asked for it");
  if (run.wasCancelAcknowledged && model.ending !== "cancelled")
    wrong(`was said to be cancelled, and is ${model.ending}`);
  checkOutcome(run, wrong);
}

function checkFolds(world: World, run: SimulatedRun, wrong: (what: string) => void): void {
  const id = run.id ?? "";
  const isFollowed = run.followed.length > 0;
  // The reader that followed the run all along, unless what it was told on the way is wanted too.
  const step =
    isFollowed || run.reader?.row.runId !== id ? RunReader.open(world.look, id) : run.reader;
  const events = [...step.advance()];
  const state = describe(step);
  if (world.look.listCheckpoints(id).length > 0) {
    const jump = RunReader.open(world.look, id).catchUp();
    for (const problem of jump.problems) wrong(problem.message);
    if (state !== describe(jump)) wrong(`folded ${state}; from its checkpoints ${describe(jump)}`);
  }
  const results = sorted(Context.results(Machine.context(step.machine)));
  if (JSON.stringify(results) !== JSON.stringify(sorted(run.model.results))) {
    wrong(`folds to ${JSON.stringify(results)}; on record is ${JSON.stringify(run.model.results)}`);
  }
  for (const followed of run.followed) {
    if (JSON.stringify(followed) !== JSON.stringify(events.slice(0, followed.length)))
      wrong("a follower was told something else");
  }
}

function describe({ machine }: RunReader): string {
  const context = Machine.context(machine);
  return JSON.stringify([
    Machine.state(machine),
    Context.steps(context),
    sorted(Context.results(context)),
    Context.metrics(context),
  ]);
}

function checkOutcome(run: SimulatedRun, wrong: (what: string) => void): void {
  const { model } = run;
  for (const [id, { step, status, result }] of model.steps) {
    if (status !== "completed" || model.restores > 0) continue;
    const given = Object.fromEntries(
      step.dependencies.map((dependency) => [dependency, model.given(dependency)]),
    );
    const due = run.answer(id, given, 0);
    if (JSON.stringify(result) !== JSON.stringify(due))
      wrong(`step ${id} has ${JSON.stringify(result)}; its agent answers ${JSON.stringify(due)}`);
  }
  if (model.restores > 0 || model.ending === "cancelled" || model.unscripted > 0) return;
  const expected = expectedEnding(run.definition, run.script, run.answer);
  const actual = {
    status: model.ending,
    steps: Object.fromEntries([...model.steps].map(([id, { status }]) => [id, status])),
    results: model.results,
  };
  const [is, due] = [actual, expected].map(({ status, steps, results }) =>
    JSON.stringify([status, sorted(steps), sorted(results)]),
  );
  if (is !== due) wrong(`ends as ${is}; without crashes it ends as ${due}`);
}

function whole(entry: SimulatedRun["model"]["entries"][number] | undefined): unknown {
  if (entry === undefined) return undefined;
  const { runId, seq, type, at, stepId, attemptNumber, payload } = entry;
  return [runId, seq, type, at, stepId, attemptNumber, payload];
}
