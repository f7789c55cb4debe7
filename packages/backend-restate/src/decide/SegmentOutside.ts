import type { restate } from "../services/sdk.js";
import type { QueuedMessage, RowPart } from "../wire.js";

/** What a segment does outside the run. */
export interface SegmentOutside {
  /** Receives each turn of the run, before its effects are performed. */
  readonly publish: (part: RowPart) => void;
  /** Settles when the turns so far are in the database; absent without one. */
  readonly written?: (() => Promise<void>) | undefined;
}

/** An awakeable that receives commands. */
export interface Listener {
  readonly id: string;
  readonly promise: restate.RestatePromise<QueuedMessage[]>;
}
