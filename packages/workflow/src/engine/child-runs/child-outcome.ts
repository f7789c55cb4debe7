import type { WorkflowDefinition } from "@automatosx/schemas";
import type { AgentUsage, UsedAmounts } from "../../agents/agent-usage.js";
import { RunQueries, type WorkflowMachine } from "../../core/workflow-state-machine.js";
import { failure, type Outcome } from "../../drive/outcome.js";
import { writeExactJson } from "../../write-exact-json.js";
import type { RunEnding } from "../RunEnding.js";

/** A child run that has come to rest. */
export interface RestingChild {
  readonly ending: RunEnding;
  readonly machine: WorkflowMachine;
  readonly definition: WorkflowDefinition;
}

/**
 * Returns the outcome of the attempt that waited for a child run. `usedBefore` is what earlier
 * attempts have already reported of the run's cost.
 */
export function outcomeOfChild(
  { ending, machine, definition }: RestingChild,
  usedBefore: Required<UsedAmounts>,
  at: number,
): Outcome {
  const { status, error } = ending;
  const usage = usageOf(machine, usedBefore);
  const cost = usage === undefined ? {} : { usage };
  const because = error === undefined ? "" : `: ${error}`;
  switch (status) {
    case "completed": {
      const written = writeExactJson(resultOf(definition, machine));
      if (written.ok) return { ok: true, text: written.text, at, ...cost };
      const problem = `the result of its run cannot be recorded: ${written.problem}`;
      return { ...failure(problem, "invalid", at), ...cost };
    }
    case "failed":
      return { ...failure(`its run failed${because}`, "error", at), ...cost };
    case "cancelled":
      return { ...failure(`its run was cancelled${because}`, "invalid", at), ...cost };
    case "paused":
      return { ...failure(`its run is paused: ${whyPaused(ending)}`, "waiting", at), ...cost };
  }
}

function whyPaused({ pausedFor, waitsFor = [] }: RunEnding): string {
  if (pausedFor === "budget") return "its budget is used up";
  if (pausedFor === "asked") return "a user has paused it";
  return `it waits for ${waitsFor.join(", ")}`;
}

/** The outputs of a workflow, or, if it declares none, the results of its steps by id. */
function resultOf(definition: WorkflowDefinition, machine: WorkflowMachine): unknown {
  const outputs = RunQueries.outputs(machine);
  if (outputs !== undefined) return outputs;
  return Object.fromEntries(
    definition.steps.map(({ id }) => [id, RunQueries.result(machine, id) ?? null]),
  );
}

/** What the run has used since; undefined if nothing is known of it. */
function usageOf(
  machine: WorkflowMachine,
  usedBefore: Required<UsedAmounts>,
): AgentUsage | undefined {
  const settled = RunQueries.budget(machine)?.settled;
  if (settled === undefined || (settled.usd === 0 && settled.tokens === 0))
    return hasLaunchedAgents(machine) ? undefined : { usd: 0, inputTokens: 0 };
  return {
    ...(settled.usd > 0 && { usd: Math.max(0, settled.usd - usedBefore.usd) }),
    ...(settled.tokens > 0 && { inputTokens: Math.max(0, settled.tokens - usedBefore.tokens) }),
  };
}

function hasLaunchedAgents(machine: WorkflowMachine): boolean {
  return RunQueries.steps(machine).some(
    ({ attemptNumber, kind, run, gate, wait, stop }) =>
      attemptNumber > 0 && (kind ?? run ?? gate ?? wait ?? stop) === undefined,
  );
}
