import type { StepInfo } from "@automatosx/workflow";
import { namesOf } from "@automatosx/workflow/run-view";
import { count } from "./render/words.js";

export { namesOf } from "@automatosx/workflow/run-view";

/** An agent id and whether its steps are simulated. */
interface MaybeSimulated {
  readonly agentId: string;
  readonly simulated: boolean;
}

/** What the first line of a run says about its agents: which of them are simulated, if any. */
export function simulationNote(agents: readonly MaybeSimulated[]): string {
  const simulated = agents.filter((agent) => agent.simulated);
  if (simulated.length === 0) return "";
  if (simulated.length === agents.length) return "  (simulated: no real agent is called)";
  return `  (partly simulated: ${namesOf(simulated.map(({ agentId }) => agentId))})`;
}

/**
 * What a resumed run says about the results that it keeps: which were made up although their agents
 * are now real, and which are real although their agents are now simulated. `sinceAt`: when the
 * run was resumed, in ms since the epoch.
 */
export function keptResultNotes(
  steps: readonly StepInfo[],
  isSimulated: (agentId: string) => boolean,
  sinceAt: number,
): string[] {
  const kept = steps.filter(
    ({ status, finishedAt = 0 }) => status === "completed" && finishedAt < sinceAt,
  );
  const simulated = kept.filter(
    ({ agentId, result }) => isSimulatedResult(result) && !isSimulated(agentId),
  );
  const real = kept.filter(
    ({ agentId, result }) => !isSimulatedResult(result) && isSimulated(agentId),
  );
  return [
    ...(simulated.length === 0
      ? []
      : [
          `${results(simulated)} simulated and kept: ${stepNames(simulated)}. ` +
            "Run the workflow again to have these steps performed by real agents.",
        ]),
    ...(real.length === 0
      ? []
      : [
          `${results(real)} real and kept: ${stepNames(real)}. Only the other steps are simulated.`,
        ]),
  ];
}

/** The beginning of what a simulated program would have printed. */
const PRINTED = "[simulated] ";

/** Whether a stored result was made up by a simulated agent. */
export function isSimulatedResult(result: unknown): boolean {
  let value = result;
  // Every item of a simulated list is marked, so the first one is enough.
  while (Array.isArray(value)) value = (value as readonly unknown[])[0];
  if (typeof value === "string") return value.startsWith(PRINTED);
  if (typeof value !== "object" || value === null) return false;
  if ("stdout" in value && "exitCode" in value) return isSimulatedResult(value.stdout);
  return (
    "simulated" in value && value.simulated === true && "stepId" in value && "agentId" in value
  );
}

function results(steps: readonly StepInfo[]): string {
  return `${count(steps.length, "earlier result")} ${steps.length === 1 ? "is" : "are"}`;
}

function stepNames(steps: readonly StepInfo[]): string {
  return namesOf(steps.map(({ id }) => id));
}
