import type { PreparedWorkflow } from "@automatosx/workflow";
import { placeInDefinition } from "@automatosx/workflow";
import type { Ledger } from "./Ledger.js";

type Definition = PreparedWorkflow["definition"];
type Step = Definition["steps"][number];

/** The steps of a workflow whose effect must not be repeated. */
export interface ExternalSteps {
  /** Whether the step at this path has an effect that must not be repeated. */
  isExternal(path: string): boolean;
  /** Whether only an answer can settle the outcome of a lost attempt of the step at this path. */
  needsAnswer(path: string): boolean;
  /** Returns the paths of such steps that a later process launched although none was given. */
  launchedAgain(ledger: Ledger): string[];
}

export function externalSteps({ steps, on }: Definition): ExternalSteps {
  const external = new Map<string, Step>();
  collect(steps, "", external);
  for (const [phase, handlers] of Object.entries(on ?? {}))
    collect(handlers, `:${phase}.`, external);
  const stepAt = (path: string): Step | undefined => external.get(placeInDefinition(path));
  const needsAnswer = (path: string): boolean => {
    const step = stepAt(path);
    return step !== undefined && step.reconcile === undefined;
  };
  return {
    isExternal: (path) => stepAt(path) !== undefined,
    needsAnswer,
    launchedAgain: (ledger) => launchedAgain(ledger, needsAnswer),
  };
}

function collect(steps: readonly Step[], prefix: string, external: Map<string, Step>): void {
  for (const step of steps) {
    const place = `${prefix}${step.id}`;
    if (step.effect === "external") external.set(place, step);
    collect(step.steps ?? [], `${place}.`, external);
  }
}

/** An attempt that was launched and not answered must be followed by an answer, not by a launch. */
function launchedAgain(ledger: Ledger, needsAnswer: (path: string) => boolean): string[] {
  const open = new Set<string>();
  const again = new Set<string>();
  let processes = 0;
  for (const entry of ledger.entries) {
    if (entry.kind === "process") processes += 1;
    if (entry.kind === "settled") open.delete(entry.stepId);
    if (entry.kind === "lost" && needsAnswer(entry.stepId)) open.add(entry.stepId);
    if (entry.kind === "launch" && processes > 1 && open.has(entry.stepId)) again.add(entry.stepId);
  }
  return [...again];
}
