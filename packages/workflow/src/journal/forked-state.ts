/** The state of a run after one of its journal entries, from which another run was forked. */
export interface ForkedState {
  /** The id of the run that was forked. */
  readonly runId: string;
  /** The last journal entry that the state includes. */
  readonly seq: number;
}

/**
 * Returns the checkpoint id by which the journal of a fork names the state that it began with. No
 * stored checkpoint has this id.
 */
export function forkedStateId({ runId, seq }: ForkedState): string {
  return `${runId}@${seq}`;
}

/** Returns the state that such an id names; undefined for any other checkpoint id. */
export function placeOfForkedState(checkpointId: string): ForkedState | undefined {
  const [, runId = "", seq = ""] = /^(.+)@([1-9][0-9]*)$/.exec(checkpointId) ?? [];
  return runId === "" ? undefined : { runId, seq: Number(seq) };
}
