import type { ArtifactStore } from "../attempts/ArtifactStore.js";
import type { RowSink } from "../rows/RowSink.js";
import type { LiveRuns } from "./LiveRuns.js";

/** What the segments of a worker share. */
export interface DecideHost {
  readonly artifacts: ArtifactStore;
  /** Absent if the rows of runs are kept with their state. */
  readonly sink: RowSink | undefined;
  readonly live: LiveRuns;
  /** How many events a segment handles at most, before it saves the run. */
  readonly segmentEvents: number;
  /** How long a segment lasts at most, in ms. A new version of the worker gets the next one. */
  readonly segmentMs: number;
}
