import { Context, checkNotes, Machine, RunReader } from "@automatosx/workflow";
import { expectedEnding } from "./expected-ending.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import { sortedJson } from "./sorted-json.js";
import type { WorldView } from "./world-view.js";

type Report = (what: string) => void;

/**
 * Checks an ended run: its journal is complete and contains exactly the acknowledged entries, and
 * the run has the expected outcome.
 */
export function checkJournal(world: WorldView, run: SimulatedRun): void {
  const { id } = run;
  const wrong: Report = (what) => world.report(`${run.name}: ${what}`);
  if (id === undefined) return;
  try {
    checkEntries(world, run, id, wrong);
    checkFolds(world, run, id, wrong);
  } catch (error) {
    wrong(error instanceof Error ? error.message : String(error));
    return;
  }
  checkRow(world, run, id, wrong);
  checkOutcome(run, wrong);
}

function checkEntries(world: WorldView, { model }: SimulatedRun, id: string, wrong: Report): void {
  const stored = [...world.storage.readJournal(id)];
  const missing = model.entries.find(
    (entry, index) => entryText(entry) !== entryText(stored[index]),
  );
  if (missing !== undefined)
    wrong(`entry ${missing.seq} (${missing.type}) was acknowledged, but is not in the journal`);
  if (stored.length > model.entries.length)
    wrong(`the journal has ${stored.length} entries; ${model.entries.length} were acknowledged`);
}

function entryText(entry: SimulatedRun["model"]["entries"][number] | undefined): string {
  if (entry === undefined) return "";
  const { runId, seq, type, at, stepId, attemptNumber, payload } = entry;
  return JSON.stringify([runId, seq, type, at, stepId, attemptNumber, payload]);
}

function checkFolds(world: WorldView, run: SimulatedRun, id: string, wrong: Report): void {
  // The reader that has followed the run can be reused, unless its past events are needed too.
  const isReusable = run.followed.length === 0 && run.reader?.row.runId === id;
  const reader = (isReusable ? run.reader : undefined) ?? RunReader.open(world.storage, id);
  const events = [...reader.advance()];
  const folded = describe(reader);
  if (world.storage.listCheckpoints(id).length > 0) {
    const fromCheckpoint = RunReader.open(world.storage, id).catchUp();
    for (const problem of fromCheckpoint.problems) wrong(problem.message);
    const jumped = describe(fromCheckpoint);
    if (folded !== jumped)
      wrong(`the journal folds to ${folded}, but from checkpoints to ${jumped}`);
  }
  const note = checkNotes(world.storage, id);
  if (note !== undefined) wrong(note);
  const results = sortedJson(Context.results(Machine.context(reader.machine)));
  const recorded = sortedJson(run.model.results);
  if (results !== recorded)
    wrong(`the journal folds to the results ${results}, but ${recorded} were recorded`);
  for (const followed of run.followed) {
    if (JSON.stringify(followed) !== JSON.stringify(events.slice(0, followed.length)))
      wrong("a follower received events that differ from the journal");
  }
}

function describe({ machine }: RunReader): string {
  const context = Machine.context(machine);
  return JSON.stringify([
    Machine.state(machine),
    Context.steps(context),
    sortedJson(Context.results(context)),
    Context.metrics(context),
  ]);
}

function checkRow(world: WorldView, run: SimulatedRun, id: string, wrong: Report): void {
  const { ending } = run.model;
  const row = world.storage.getRun(id);
  if (row?.status !== ending) wrong(`its row has status ${row?.status}; its journal has ${ending}`);
  if (row?.owner !== undefined) wrong(`it has ended, but ${row.owner.ownerId} still owns it`);
  if (ending === "cancelled" && !run.wasCancelRequested)
    wrong("it is cancelled, but no cancellation was requested");
  // A run whose handlers still run when it is cancelled may be restored.
  const mayBeUndone = run.definition.on !== undefined && run.model.restores > 0;
  if (run.wasCancelAcknowledged && ending !== "cancelled" && !mayBeUndone)
    wrong(`its cancellation was acknowledged, but it is ${ending}`);
}

function checkOutcome({ model, workflow, script, answer }: SimulatedRun, wrong: Report): void {
  for (const [id, { step, isLeaf, status, result }] of model.steps) {
    if (!isLeaf || status !== "completed" || model.restores > 0) continue;
    // Its result may have come from an answer about it.
    // What a child run is given is not in the journal of its parent.
    if (step.effect === "external" || step.workflow !== undefined) continue;
    const given = model.givenTo(id);
    const returned = answer(id, given, { restores: 0 });
    const [actual, expected] = [JSON.stringify(result), JSON.stringify(returned)];
    if (actual !== expected)
      wrong(`step ${id} has the result ${actual}; its agent returns ${expected}`);
  }
  if (workflow.isOpenEnded === true) return;
  if (model.restores > 0 || model.ending === "cancelled" || model.unscripted > 0) return;
  const actual = endingText({
    status: model.ending,
    steps: Object.fromEntries([...model.steps].map(([id, { status }]) => [id, status])),
    results: model.results,
  });
  const expected = endingText(expectedEnding(workflow, script));
  if (actual !== expected) wrong(`it ended as ${actual}; without crashes it ends as ${expected}`);
}

function endingText(ending: {
  readonly status: string | undefined;
  readonly steps: Readonly<Record<string, unknown>>;
  readonly results: Readonly<Record<string, unknown>>;
}): string {
  return `${ending.status} ${sortedJson(ending.steps)} ${sortedJson(ending.results)}`;
}
