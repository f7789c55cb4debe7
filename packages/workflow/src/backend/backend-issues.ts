import type { WorkflowDefinition } from "@automatosx/schemas";
import { IssueList, SourceText } from "@automatosx/source";
import { ISSUE_KINDS } from "../definition/issue-kinds.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import type { DefinitionIssue } from "../errors.js";
import { agentsOf, everyStepOf, usesCache } from "../every-step.js";

/** What a backend has, for `backendIssues`. An absent limit does not apply. */
export interface BackendLimits {
  /** The agents that workers serve; absent if that is not known. */
  readonly agents?: ReadonlySet<string> | undefined;
  /** The longest time limit of a step, in ms. */
  readonly maxTimeoutMs?: number;
  /** False if no run can take results of other runs. Default true. */
  readonly cache?: boolean;
}

/** Returns the parts of a workflow that a backend cannot hold; none if it can run the workflow. */
export function backendIssues(
  workflow: Pick<PreparedWorkflow, "definition" | "source" | "children">,
  limits: BackendLimits,
): readonly DefinitionIssue[] {
  return [workflow, ...workflow.children.values()].flatMap(({ definition, source }) =>
    issuesOf(definition, source, limits),
  );
}

function issuesOf(
  definition: WorkflowDefinition,
  source: string,
  limits: BackendLimits,
): readonly DefinitionIssue[] {
  const issues = new IssueList(new SourceText(source));
  const at = (text: string, key = ""): [number, number] => spanOf(source, text, key);
  const steps = [...everyStepOf(definition)];
  const { agents, maxTimeoutMs = Number.POSITIVE_INFINITY, cache = true } = limits;
  for (const agentId of new Set(steps.flatMap(agentsOf))) {
    if (agents === undefined || agents.has(agentId)) continue;
    const message = `no worker of the backend serves the agent \`${agentId}\``;
    issues.add(ISSUE_KINDS.unservedAgent, [], at(agentId, "agent"), message);
  }
  for (const { id, timeout } of steps)
    if (timeout !== undefined && timeout > maxTimeoutMs) {
      const limit = `longer than the backend allows, ${maxTimeoutMs} ms`;
      const message = `the time limit of \`${id}\` is ${limit}`;
      issues.add(ISSUE_KINDS.notOnBackend, [], at(id, "id"), message);
    }
  if (!cache && usesCache(definition)) {
    const message = "the backend cannot take results of other runs";
    issues.add(ISSUE_KINDS.notOnBackend, [], at("cache"), message);
  }
  return issues.all;
}

/**
 * Where a word is in the text of a workflow: behind a key that begins with `key`, or else where it
 * comes first. The definition has no places of its own.
 */
function spanOf(source: string, word: string, key: string): [number, number] {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = String.raw`(?<![\w-])${escaped}(?![\w-])`;
  const behindKey = new RegExp(String.raw`\b${key}\w*["']?:[^\n]*?${whole}`, "i").exec(source);
  if (key !== "" && behindKey !== null) {
    const end = behindKey.index + behindKey[0].length;
    return [end - word.length, end];
  }
  const first = new RegExp(whole).exec(source);
  return first === null ? [0, 0] : [first.index, first.index + word.length];
}
