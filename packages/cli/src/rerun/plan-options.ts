import type { DbOptions } from "../database.js";
import type { NewInputs } from "./new-inputs.js";

/** The flags of `axw plan`. */
export interface PlanOptions extends DbOptions, NewInputs {
  readonly json?: boolean;
  readonly root?: string;
  /** The run whose results would be kept. */
  readonly run?: string;
}
