import type { StartedFrom } from "@automatosx/workflow/observe";
import type { CliIo } from "../io.js";
import { startedFrom } from "../run-place.js";
import type { BackendOptions } from "./chosen-backend.js";
import { type LocalOptions, performedElsewhere } from "./performed-elsewhere.js";

/**
 * Where a new run is started. A run that workers perform has no folder: a path of this machine
 * means nothing on theirs.
 */
export function placeOfStart(
  io: CliIo,
  options: BackendOptions & LocalOptions,
  file: string,
  agentsFile: string | undefined,
): StartedFrom {
  const { traceparent, ...place } = startedFrom(io, file, agentsFile);
  const isElsewhere = performedElsewhere(io, options) !== undefined;
  return { ...(!isElsewhere && place), ...(traceparent !== undefined && { traceparent }) };
}
