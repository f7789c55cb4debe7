import type { ForkBeginning } from "../drive/ForkBeginning.js";
import type { FoldPosition } from "../drive/RunFold.js";
import type { RunStart } from "../drive/RunStart.js";
import type { WorkflowError } from "../errors.js";
import type { NewRun, StoredDefinition } from "../storage/StoragePort.js";

/** Where an active run comes from: a start, or a claim of a stored run. */
export interface RunOrigin {
  readonly start: RunStart;
  /** Absent for a new run. */
  readonly position?: FoldPosition;
  readonly leaseEpoch: number;
  /**
   * Until when the lease certainly lasts, on the clock of this engine: reckoned from an instant
   * before the claim was sent.
   */
  readonly leaseUntil: number;
  /** Present for a new run: additional data for its first turn to write. */
  readonly newRun?: { readonly run: NewRun; readonly definitions: readonly StoredDefinition[] };
  /** Present for a new run that begins with the state of another one. */
  readonly fork?: ForkBeginning;
  /** True if `recover` claimed the run: its first recorded outcome clears the failed recoveries. */
  readonly isRecovery?: boolean;
  /** True if events are only recorded here; what they start follows once the run is resumed. */
  readonly onlyRecords?: boolean;
  /** True if the run leaves this engine with its first turn, for another engine to claim. */
  readonly leaves?: boolean;
  /** Damage that was found and skipped while the run was read. */
  readonly problems?: readonly WorkflowError[];
}
