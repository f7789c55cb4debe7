import { deepStrictEqual } from "node:assert/strict";
import { hash } from "node:crypto";
import { RunView } from "@automatosx/run-view";
import type { JournalEntry } from "@automatosx/schemas";
import { type CheckpointData, RunQueries } from "../core/workflow-state-machine.js";
import { encodeEvent } from "../journal/encode-event.js";
import { forkedStateId } from "../journal/forked-state.js";
import type { StartedRun, Trial } from "./backend-suite-trial.js";

/**
 * Replays the rows of a run. The replay must produce the same rows: no decision is made outside the
 * core, and nothing that a row notes was made up. Returns the run at its last row.
 */
export async function replay(
  trial: Trial,
  run: StartedRun,
  rows: readonly JournalEntry[],
): Promise<RunView> {
  const view = await viewOf(trial, run, rows);
  const isPlain = run.workflow.definition.language === undefined;
  for (const row of rows) {
    const { event, before, after } = view.fold(row);
    const { entry } = encodeEvent(event, before, after, undefined, isPlain);
    const { runId: _, seq: __, at: ___, ...stored } = row;
    const expected = referring(entry, stored);
    deepStrictEqual(expected, stored, `a replay gives row ${row.seq} again`);
  }
  return view;
}

type Row = Pick<JournalEntry, "payload">;

/**
 * A backend may refer to a result that would fit into its row: the reference then takes the place
 * of the result.
 */
function referring<T extends Row>(derived: T, stored: Row): T {
  const { artifact } = JSON.parse(stored.payload) as { readonly artifact?: string };
  const facts = JSON.parse(derived.payload) as Readonly<Record<string, unknown>>;
  if (artifact === undefined || !Object.hasOwn(facts, "result")) return derived;
  const { result, ...rest } = facts;
  const text = JSON.stringify(result);
  if (hash("sha256", text, "hex") !== artifact) return derived;
  return { ...derived, payload: JSON.stringify({ artifact, ...rest }) };
}

/** A view of a run that has everything that its rows refer to. */
async function viewOf(
  trial: Trial,
  { runId, workflow, inputs, context }: StartedRun,
  rows: readonly JournalEntry[],
): Promise<RunView> {
  const { createdAt } = await trial.summary(runId);
  const { definition, source } = workflow;
  const artifacts = await artifactsOf(trial, rows);
  const forkedFrom = await forkedStates(trial, rows);
  return new RunView(
    { runId, createdAt, definition, source, inputs, context },
    {
      artifact: (sha256) => artifacts.get(sha256),
      definition: (hash) => trial.definitions.get(hash),
      // Without this, the view remembers the checkpoints of the run itself.
      ...(forkedFrom.size > 0 && {
        checkpoint: (checkpointId: string) => forkedFrom.get(checkpointId),
      }),
    },
  );
}

async function artifactsOf(
  trial: Trial,
  rows: readonly JournalEntry[],
): Promise<ReadonlyMap<string, unknown>> {
  const artifacts = new Map<string, unknown>();
  for (const { payload } of rows)
    for (const [, sha256 = ""] of payload.matchAll(
      /"(?:artifact|editsArtifact)":"([0-9a-f]{64})"/g,
    ))
      artifacts.set(sha256, await trial.harness.projection.artifact(sha256));
  return artifacts;
}

/** The states of other runs that a fork begins with, by the checkpoint ids of its rows. */
async function forkedStates(
  trial: Trial,
  rows: readonly JournalEntry[],
): Promise<ReadonlyMap<string, CheckpointData>> {
  const states = new Map<string, CheckpointData>();
  for (const { type, payload } of rows) {
    if (type !== "restore_checkpoint") continue;
    const { checkpointId } = JSON.parse(payload) as { readonly checkpointId: string };
    for (const parent of trial.runs) {
      const seq = Number(checkpointId.slice(parent.runId.length + 1));
      if (!Number.isInteger(seq) || forkedStateId({ runId: parent.runId, seq }) !== checkpointId)
        continue;
      const upTo = (await trial.rows(parent.runId)).slice(0, seq);
      const { machine } = await replay(trial, parent, upTo);
      const { details: _, ...data } = RunQueries.checkpointData(machine, checkpointId);
      states.set(checkpointId, data);
    }
  }
  return states;
}
