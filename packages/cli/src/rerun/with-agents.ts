import { type PreparedWorkflow, WorkflowEngine } from "@automatosx/workflow";
import type { RerunPlan } from "@automatosx/workflow/run-view";
import { type ChosenAgents, chooseAgents } from "../choose-agents.js";
import type { Command } from "../command.js";
import { type DbOptions, existingDatabase } from "../database.js";
import { hostSecrets, requireSecrets } from "../host-secrets.js";
import type { CliIo } from "../io.js";
import type { RunPlace } from "../run-place.js";
import { rootOf } from "../step-path.js";
import { withChildWorkflows } from "../with-child-workflows.js";

interface Wanted {
  readonly workflow: PreparedWorkflow;
  readonly place: RunPlace;
  /** The command that is named if an agent is missing. */
  readonly command: Command;
  /** The workflow file, for a new run. */
  readonly file?: string;
  readonly source?: Pick<PreparedWorkflow, "source" | "format">;
  /**
   * The verdicts of the steps: only the steps to perform need agents. By default all steps do.
   */
  readonly rerun?: RerunPlan | undefined;
}

/** Opens an engine with the agents of a workflow, which are checked as for a start. */
export async function withAgents<Result>(
  io: CliIo,
  { workflow: { definition, children }, rerun, ...choice }: Wanted,
  options: DbOptions & { readonly agents?: string },
  use: (engine: WorkflowEngine, chosen: ChosenAgents) => Promise<Result>,
): Promise<Result> {
  const chosen = await chooseAgents(io, {
    flag: options.agents,
    ...choice,
    definition: withChildWorkflows(
      definition,
      [...children.values()].map((child) => child.definition),
    ),
    ...(rerun !== undefined && { stepsLeft: async () => new Set(rerun.performed().map(rootOf)) }),
  });
  requireSecrets(io, definition, chosen);
  await using engine = await WorkflowEngine.open({
    database: existingDatabase(io, options),
    create: false,
    agents: chosen.agents,
    agentFactory: chosen.factory,
    secrets: hostSecrets(io, chosen),
  });
  return await use(engine, chosen);
}
