import type { Command } from "./Fault.js";
import type { StepModel } from "./RunSteps.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import { sampleOfSchema } from "./sample-of-schema.js";
import type { WorldView } from "./world-view.js";

/**
 * Has a run go back, in any state: another result of a step, a step to perform again, or another
 * workflow. It starts nothing.
 */
export async function goBack(
  { random }: WorldView,
  run: SimulatedRun,
  command: Command,
  { engine }: SimulatedProcess,
): Promise<void> {
  const { steps } = run.model;
  const id = run.id ?? "";
  const own = [...steps].filter(([path]) => !path.includes(":"));
  if (own.length === 0) return;
  if (command === "amend") {
    const { variants = [] } = run.workflow;
    if (variants.length > 0) await engine?.amend(id, random.pick(variants), { by: "ada" });
  } else if (command === "reopen") {
    const [path] = random.pick(own);
    await engine?.reopen(id, [path], { downstream: random.chance(0.3) });
  } else {
    const completed = own.filter(([, model]) => model.isLeaf && model.status === "completed");
    if (completed.length === 0) return;
    const [path, model] = random.pick(completed);
    const attempt = random.chance(0.5) ? { attemptNumber: model.newestAttempt } : {};
    await engine?.editResult(id, path, editedResult(model, random.below(3)), attempt);
  }
}

/** Another result, which fits what the step is asked for; now and then it does not. */
function editedResult({ step }: StepModel, kind: number): unknown {
  return kind === 2 && step.output !== undefined
    ? "a misfit"
    : sampleOfSchema(step.output ?? { type: "object" }, `edited ${kind}`);
}
