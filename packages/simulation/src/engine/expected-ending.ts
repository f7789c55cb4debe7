import type { WorkflowDefinition } from "@automatosx/schemas";
import type { Answer } from "./answer.js";
import type { Misbehaviour } from "./Fault.js";

/**
 * Each step's agent's behaviour after its Nth counted failure. Without an entry, the agent
 * succeeds.
 */
export type Script = ReadonlyMap<string, ReadonlyMap<number, Misbehaviour>>;

/** How a run must end, with or without crashes. */
export interface ExpectedEnding {
  readonly status: "completed" | "failed";
  readonly steps: Readonly<Record<string, "completed" | "failed" | "skipped">>;
  readonly results: Readonly<Record<string, unknown>>;
}

/**
 * Derives the outcome from the definition and the agents' script alone, without an engine or a
 * clock.
 */
export function expectedEnding(
  definition: WorkflowDefinition,
  script: Script,
  answer: Answer,
): ExpectedEnding {
  const byId = new Map(definition.steps.map((step) => [step.id, step]));
  const steps: Record<string, "completed" | "failed" | "skipped"> = {};
  const results: Record<string, unknown> = {};
  const open = new Set(byId.keys());
  while (open.size > 0) {
    const id = [...open].find(
      (candidate) =>
        byId.get(candidate)?.dependencies.every((dependency) => !open.has(dependency)) === true,
    );
    if (id === undefined) throw new RangeError("The definition has a cycle.");
    open.delete(id);
    const step = byId.get(id);
    if (step === undefined) continue;
    const isBlocked = step.dependencies.some((dependency) => {
      const status = steps[dependency];
      return (
        status === "skipped" ||
        (status === "failed" && byId.get(dependency)?.continueOnError !== true)
      );
    });
    if (isBlocked) steps[id] = "skipped";
    else if (!succeeds(step.retries, script.get(id))) steps[id] = "failed";
    else {
      steps[id] = "completed";
      results[id] = answer(
        id,
        Object.fromEntries(
          step.dependencies.map((dependency) => [dependency, results[dependency] ?? null]),
        ),
        0,
      );
    }
  }
  const hasFailed = definition.steps.some(
    (step) => steps[step.id] === "failed" && !step.continueOnError,
  );
  return { status: hasFailed ? "failed" : "completed", steps, results };
}

function succeeds(retries: number, script: ReadonlyMap<number, Misbehaviour> | undefined): boolean {
  for (let failures = 0; failures <= retries; failures += 1) {
    const does = script?.get(failures);
    if (does === undefined || does === "slow") return true;
    if (does === "invalid" || does === "unjson") return false;
  }
  return false;
}
