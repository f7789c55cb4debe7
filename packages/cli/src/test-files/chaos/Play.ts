import type { PreparedWorkflow, StoragePort } from "@automatosx/workflow";
import type { Stage } from "../Stage.js";
import type { Job, LostAttempt } from "./job.js";
import type { Ledger } from "./Ledger.js";

/** A case in a process of its own. */
export interface Play {
  readonly job: Job;
  readonly stage: Stage;
  readonly storage: StoragePort;
  readonly ledger: Ledger;
  readonly workflow: PreparedWorkflow;
  /** The attempts that an earlier process has lost. */
  readonly lost: readonly LostAttempt[];
  readonly problems: string[];
}
