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

/** How a child run came to rest. Plain data. */
export interface ChildRest extends Pick<RunEnding, "status" | "error" | "pausedFor" | "waitsFor"> {
  /** The result of its step, if it is completed. */
  readonly result?: unknown;
  /** What it has used in all; undefined if nothing is known of it. */
  readonly used?: UsedAmounts;
}

/** Returns how a run came to rest. */
export function restOfChild({ ending, machine, definition }: RestingChild): ChildRest {
  const { status, error, pausedFor, waitsFor } = ending;
  const used = usedBy(machine);
  return {
    status,
    ...(error !== undefined && { error }),
    ...(pausedFor !== undefined && { pausedFor }),
    ...(waitsFor !== undefined && { waitsFor }),
    ...(status === "completed" && { result: resultOf(definition, machine) }),
    ...(used !== undefined && { used }),
  };
}

/**
 * Returns the outcome of the attempt that waited for a child run. `usedBefore` is what earlier
 * attempts have already reported of the run's cost.
 */
export function outcomeOfChild(
  rest: ChildRest,
  usedBefore: Required<UsedAmounts>,
  at: number,
): Outcome {
  const { status, error } = rest;
  const usage = usageSince(rest, usedBefore);
  const cost = usage === undefined ? {} : { usage };
  const because = error === undefined ? "" : `: ${error}`;
  switch (status) {
    case "completed": {
      const written = writeExactJson(rest.result);
      if (written.ok) return { ok: true, text: written.text, at, ...cost };
      const problem = `the result of its run cannot be recorded: ${written.problem}`;
      return { ...failure(problem, "invalid", at), ...cost };
    }
    case "failed":
      return { ...failure(`its run failed${because}`, "error", at), ...cost };
    case "cancelled":
      return { ...failure(`its run was cancelled${because}`, "invalid", at), ...cost };
    case "paused":
      return { ...failure(`its run is paused: ${whyPaused(rest)}`, "waiting", at), ...cost };
  }
}

function whyPaused({ pausedFor, waitsFor = [] }: ChildRest): string {
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

function usedBy(machine: WorkflowMachine): UsedAmounts | undefined {
  const settled = RunQueries.budget(machine)?.settled;
  if (settled !== undefined && (settled.usd > 0 || settled.tokens > 0))
    return {
      ...(settled.usd > 0 && { usd: settled.usd }),
      ...(settled.tokens > 0 && { tokens: settled.tokens }),
    };
  return hasLaunchedAgents(machine) ? undefined : { usd: 0, tokens: 0 };
}

/** What the run has used since; undefined if nothing is known of it. */
function usageSince(
  { used }: ChildRest,
  usedBefore: Required<UsedAmounts>,
): AgentUsage | undefined {
  if (used === undefined) return undefined;
  const { usd, tokens } = used;
  return {
    ...(usd !== undefined && { usd: Math.max(0, usd - usedBefore.usd) }),
    ...(tokens !== undefined && { inputTokens: Math.max(0, tokens - usedBefore.tokens) }),
  };
}

function hasLaunchedAgents(machine: WorkflowMachine): boolean {
  return RunQueries.steps(machine).some(
    ({ attemptNumber, kind, run, gate, wait, stop }) =>
      attemptNumber > 0 && (kind ?? run ?? gate ?? wait ?? stop) === undefined,
  );
}
