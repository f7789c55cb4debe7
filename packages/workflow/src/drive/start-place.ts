import type { StartedFrom } from "../storage/StoragePort.js";
import type { RunStart } from "./RunStart.js";

/** Returns what attempts are given of the place in which their run was started. */
export function startPlace(
  startedFrom: StartedFrom | undefined,
): Pick<RunStart, "directory" | "traceparent"> {
  const { directory, traceparent } = startedFrom ?? {};
  return {
    ...(directory !== undefined && { directory }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
