import type { PreparedWorkflow } from "@automatosx/workflow";
import type { CliIo } from "../io.js";
import { placeOfNewRun } from "../run-place.js";
import { pathOf } from "../workflow-file.js";
import { type NextLine, next } from "./actions.js";
import { type StartArguments, type StartFlags, startArguments } from "./start-arguments.js";

/** The line that starts a workflow file: with every value and agent that it needs. */
export async function lineToStart(
  io: CliIo,
  file: string,
  workflow: PreparedWorkflow,
): Promise<NextLine> {
  const start = startArguments(workflow);
  const { findAgents } = await import("../choose-agents.js");
  try {
    const found = await findAgents(io, {
      flag: undefined,
      place: placeOfNewRun(io, pathOf(io, file)),
      definition: workflow.definition,
      command: next("run_workflow", "ready", { args: [file] }),
      file,
    });
    const { entries } = found;
    const isLacking = workflow.definition.steps.some(({ agentId }) => !entries.has(agentId));
    if (isLacking) return simulatedLine(file, start);
    const { isRefused } = await import("../missing-programs.js");
    if (!isRefused({ found, definition: workflow.definition })) return startLine(file, start);
  } catch {
    // The agents file has an error, which `axw agents` reports.
  }
  return next("list_agents", "not_installed", { args: [file] });
}

/** The line that starts a workflow file with these words. */
export function startLine(
  file: string,
  { args, hasPlaceholders }: StartArguments,
  agents: readonly string[] = [],
): NextLine {
  const words = { args: [file, ...args, ...agents] };
  return hasPlaceholders
    ? next("run_with_values", "lacks_values", words)
    : next("run_workflow", "ready", words);
}

/** The line that starts a workflow file with simulated agents. */
export function simulatedLine(file: string, { args, hasPlaceholders }: StartArguments): NextLine {
  const words = { args: [file, ...args, "--agents", "simulated"] };
  return hasPlaceholders
    ? next("run_simulated_with_values", "lacks_agents", words)
    : next("run_simulated", "lacks_agents", words);
}

/** The line that starts a workflow with the flags that were typed, after one of them was refused. */
export function retypedLine(
  file: string,
  workflow: Pick<PreparedWorkflow, "definition" | "references">,
  flags: StartFlags,
  inFile: Readonly<Record<string, unknown>> = {},
): NextLine {
  const agents = flags.agents === undefined ? [] : ["--agents", flags.agents];
  return startLine(file, startArguments(workflow, flags, inFile), agents);
}
