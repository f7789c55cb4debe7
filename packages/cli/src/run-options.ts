import type { DriveOptions } from "./drive-run.js";
import type { InputOptions } from "./read-inputs.js";

/** How a new run begins with the results of another one. */
interface FromOptions {
  /** The run whose results the steps with the same request keep. */
  readonly from?: string;
  /** The only step that is performed. */
  readonly only?: string;
  /** The step that is performed again, with everything behind it. */
  readonly fromStep?: string;
}

/** The flags of `axw run`. */
export interface RunOptions extends DriveOptions, InputOptions, FromOptions {
  readonly agents?: string;
  readonly concurrency: number;
  readonly runId?: string;
  readonly root?: string;
}
