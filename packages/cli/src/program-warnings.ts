import type { AgentRegistry } from "@automatosx/agents";
import type { PreparedWorkflow } from "@automatosx/workflow";
import { findAgents } from "./choose-agents.js";
import type { CliIo } from "./io.js";
import { agentWarnings, programWarnings } from "./missing-programs.js";
import { next } from "./next/actions.js";
import type { Issue } from "./render/error.js";
import { placeOfNewRun } from "./run-place.js";
import { UsageError } from "./UsageError.js";
import { pathOf, shownName } from "./workflow-file.js";

/**
 * Returns a warning for each agent of a workflow whose program is missing here. The agents are
 * those that a run in the current folder would use.
 */
export async function warningsOfWorkflow(
  io: CliIo,
  file: string,
  workflow: PreparedWorkflow,
): Promise<Issue[]> {
  const { definition } = workflow;
  try {
    const place = placeOfNewRun(io, pathOf(io, file));
    const command = next("run_workflow", "ready", { args: [file] });
    const found = await findAgents(io, { flag: undefined, place, definition, command, file });
    return programWarnings(io, { found, definition, file, source: workflow });
  } catch (error) {
    // The agents file has errors of its own, which `axw validate` reports for that file.
    if (error instanceof UsageError || isCoded(error)) return [];
    throw error;
  }
}

function isCoded(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

/** Returns a warning for each agent of an agents file whose program is missing here. */
export function warningsOfAgents(
  io: CliIo,
  file: string,
  text: string,
  registry: AgentRegistry,
): Issue[] {
  const source = { name: shownName(file), text, format: "yaml" } as const;
  return agentWarnings(source, registry.list({ env: io.env }));
}
