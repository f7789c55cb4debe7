import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { IssueList, SourceText } from "@automatosx/source";
import type { AgentDirectory } from "../agents/AgentDirectory.js";
import { STEP_ISSUES } from "../definition/step-issue-kinds.js";
import { WorkflowError } from "../errors.js";
import { agentsOf, everyStepOf } from "../every-step.js";

/** A step that continues a conversation, and its agents that cannot. */
interface Lacking {
  readonly step: StepDefinition;
  readonly agentIds: readonly string[];
}

/**
 * Refuses to start or resume a run with a step that continues a conversation although its agent
 * cannot, before anything runs. `source` is the text of the workflow, in which the step is located.
 *
 * @throws WorkflowError `invalid_definition`, with an issue for each such step
 */
export function checkSessions(
  definition: WorkflowDefinition,
  agents: AgentDirectory,
  source: string,
): void {
  const found = lacking(definition, agents);
  if (found.length === 0) return;
  const issues = new IssueList(new SourceText(source));
  for (const { step, agentIds } of found) {
    const names = agentIds.map((agentId) => `\`${agentId}\``).join(", ");
    const message = `the agent ${names} of \`${step.id}\` cannot continue conversations`;
    issues.add(STEP_ISSUES.badSession, [], spanOf(step, source), message);
  }
  const [first] = issues.all;
  throw new WorkflowError(
    "invalid_definition",
    `The workflow ${definition.id} cannot run here: ${first?.message}.`,
    {
      remedy: "Use an agent with `sessions: true`, or remove `session` from the step.",
      issues: issues.all,
    },
  );
}

function lacking(definition: WorkflowDefinition, agents: AgentDirectory): Lacking[] {
  // A plain workflow has no sessions.
  if (definition.language === undefined) return [];
  return [...everyStepOf(definition)].flatMap((step) => {
    if (step.session === undefined) return [];
    const agentIds = agentsOf(step).filter((agentId) => {
      const agent = agents.find(definition, agentId);
      return agent !== undefined && (typeof agent !== "object" || agent.sessions !== true);
    });
    return agentIds.length === 0 ? [] : [{ step, agentIds }];
  });
}

// Finds the first `session` after the id of the step.
function spanOf({ id }: StepDefinition, source: string): [number, number] {
  const at = source.indexOf("session", Math.max(0, source.indexOf(id)));
  return at === -1 ? [0, 0] : [at, at + "session".length];
}
