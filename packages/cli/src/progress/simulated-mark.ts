import type { RunEvent } from "@automatosx/schemas";
import type { RunView } from "@automatosx/workflow/run-view";
import { isSimulatedResult } from "../simulation-note.js";
import { type IsSimulated, SIMULATED } from "./ProgressView.js";

/**
 * The mark of an event of a simulated step, or an empty text. A result shows by itself that it was
 * made up, even if another process called the agent.
 */
export function simulatedMark(event: RunEvent, run: RunView, isSimulated: IsSimulated): string {
  if (!("stepId" in event)) return "";
  if (event.type === "step_completed" && isSimulatedResult(event.result)) return SIMULATED;
  return isSimulated(run.step(event.stepId)?.agentId ?? "") ? SIMULATED : "";
}
