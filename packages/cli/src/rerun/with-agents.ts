import type { PreparedWorkflow } from "@automatosx/workflow";
import type { RerunPlan } from "@automatosx/workflow/run-view";
import { agentsOfWorkers } from "../backend/agents-of-workers.js";
import { type LocalOptions, performedElsewhere } from "../backend/performed-elsewhere.js";
import type { RunControl } from "../backend/RunControl.js";
import { type ChosenAgents, chooseAgents } from "../choose-agents.js";
import type { Command } from "../command.js";
import type { DbOptions } from "../database.js";
import { hostSecrets, requireSecrets } from "../host-secrets.js";
import type { CliIo } from "../io.js";
import { openEngine } from "../open-engine.js";
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

/**
 * Opens an engine with the agents of a workflow, which are checked as for a start: agents of this
 * process, or those that the workers serve.
 */
export async function withAgents<Result>(
  io: CliIo,
  { workflow: { definition, children }, rerun, ...choice }: Wanted,
  options: DbOptions & LocalOptions & { readonly agents?: string },
  use: (control: RunControl, chosen: ChosenAgents) => Promise<Result>,
): Promise<Result> {
  const remote = performedElsewhere(io, options);
  if (remote !== undefined) {
    const { openRemote } = await import("../backend/open-remote-runs.js");
    await using runs = await openRemote(io, options, remote);
    return await use(runs.control, agentsOfWorkers(io, choice.command));
  }
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
  await using opened = await openEngine(io, options, {
    agents: chosen.agents,
    agentFactory: chosen.factory,
    secrets: hostSecrets(io, chosen),
  });
  return await use(opened.engine, chosen);
}
