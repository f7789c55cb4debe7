import { type AgentEntry, findProgram, presetNames, presets } from "@automatosx/agents";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { agentSteps } from "../agent-steps.js";
import { findAgents, unusedNotes } from "../choose-agents.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { startArguments } from "../next/start-arguments.js";
import { simulatedLine, startLine } from "../next/start-line.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { placeOfNewRun } from "../run-place.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

export interface AgentsOptions {
  readonly agents?: string;
  readonly json?: boolean;
}

/**
 * Shows the agent that would be used for each agent id in a workflow; without a workflow, shows the
 * presets. The exit code is `invalid` if an agent is missing or not installed.
 */
export async function agents(
  io: CliIo,
  name: string | undefined,
  options: AgentsOptions,
): Promise<ExitCode> {
  if (name === undefined && options.agents !== undefined)
    throw new UsageError("`--agents` needs a workflow file, whose agents it chooses.", {
      remedy: "Pass the workflow file as well.",
    });
  if (name === undefined) return listPresets(io, options);
  const workflow = await loadWorkflow(io, name);
  const { definition } = workflow;
  const command = next("list_agents", "not_installed", { args: [name] });
  const found = await findAgents(io, {
    flag: options.agents,
    place: placeOfNewRun(io, pathOf(io, name)),
    definition,
    command,
    file: name,
  });
  const steps = agentSteps(definition);
  const rows = [...new Set(steps.map((step) => step.agentId))].map((agentId) =>
    rowOf(
      agentId,
      steps.flatMap((step) => (step.agentId === agentId ? step.id : [])),
      found.entries.get(agentId),
    ),
  );
  renderRows(io, rows, options);
  for (const note of unusedNotes(found)) io.stderr.line(note);
  if (rows.every((row) => row.installed)) {
    renderNext(io.stderr, startLine(name, startArguments(workflow), found.args));
    return ExitCode.ok;
  }
  // A file that names a missing program can be corrected; otherwise an agent must still be chosen.
  const fallback = `--agents ${options.agents}`;
  if (rows.every(({ installed, from }) => installed || from === null || from === fallback)) {
    renderNext(io.stderr, simulatedLine(name, startArguments(workflow)));
    return ExitCode.invalid;
  }
  io.stderr.line(
    "Install the missing programs so that they are on PATH, or correct their commands.",
  );
  for (const { agentId, problem } of rows)
    if (problem !== undefined) io.stderr.line(`${cleanLine(agentId)}: ${cleanLine(problem)}.`);
  const again = { args: [name, ...found.args] };
  renderNext(io.stderr, next("list_agents_again", "not_installed", again));
  return ExitCode.invalid;
}

type Row = ReturnType<typeof rowOf>;

function rowOf(agentId: string, steps: readonly string[], entry: AgentEntry | undefined) {
  return {
    agentId,
    steps,
    performedBy: entry?.description ?? null,
    from: entry?.source ?? null,
    installed: entry !== undefined && entry.problem === undefined,
    ...(entry?.problem !== undefined && { problem: entry.problem.message }),
  };
}

function renderRows(io: CliIo, rows: readonly Row[], { json = false }: AgentsOptions): void {
  if (json) {
    for (const row of rows) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...row });
    return;
  }
  if (rows.length === 0) return io.stdout.line("No step needs an agent: each runs a program.");
  const header = ["AGENT", "STATUS", "PERFORMED BY", "FROM", "STEPS"];
  for (const line of table(io.stdout, header, rows.map(cells), { dropped: ["FROM"] }))
    io.stdout.line(line);
}

function cells({ agentId, steps, performedBy, from, installed }: Row): Cell[] {
  const status = performedBy === null ? "missing" : installed ? "ok" : "not installed";
  return [agentId, { status }, performedBy ?? "no agent", from ?? "", steps.join(", ")];
}

function listPresets(io: CliIo, options: AgentsOptions): ExitCode {
  const rows = presetNames.map((name) => {
    const { program, description, installHint } = presets[name];
    const path = program === undefined ? undefined : findProgram(program, io.env, io.cwd);
    return {
      preset: name,
      installed: presets[name].isInstalled(io.env),
      description,
      program: program ?? null,
      path: path ?? null,
      installHint: installHint ?? null,
    };
  });
  if (options.json === true) {
    for (const row of rows) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...row });
    return ExitCode.ok;
  }
  const shown = rows.map(({ preset, installed, path, description }): Cell[] => [
    preset,
    { status: installed ? "ok" : "not installed" },
    path ?? "",
    description,
  ]);
  for (const line of table(io.stdout, ["PRESET", "STATUS", "WHERE", "DESCRIPTION"], shown))
    io.stdout.line(line);
  for (const { preset, installed, installHint } of rows)
    if (!installed && installHint !== null) io.stdout.line(`${preset}: ${installHint}`);
  renderNext(io.stderr, next("choose_preset", "presets_listed", { file: "FILE" }));
  return ExitCode.ok;
}
