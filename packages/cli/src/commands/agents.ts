import { dirname } from "node:path";
import { type AgentDefinition, AgentPreset } from "@automatosx/schemas";
import { findPerformers, programOf } from "../choose-agents.js";
import { ExitCode } from "../exit-codes.js";
import { findProgram } from "../find-program.js";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { shellWord } from "../render/words.js";
import { loadWorkflow } from "../workflow-file.js";

export interface AgentsOptions {
  readonly agents?: string;
  readonly json?: boolean;
}

interface Row {
  readonly agentId: string;
  readonly steps: readonly string[];
  readonly performedBy: string | null;
  readonly from: string | null;
  readonly installed: boolean;
}

/** Who would perform the steps of a workflow; without one, which presets could. Exit code 2 when a step has no one. */
export async function agents(io: CliIo, name: string | undefined, options: AgentsOptions): Promise<ExitCode> {
  if (name === undefined) return presets(io, options);
  const file = await loadWorkflow(io, name);
  if (file === undefined) return ExitCode.invalid;
  const { definition } = file;
  const { performers, flag } = await findPerformers(io, { flag: options.agents, folder: dirname(file.path), definition, workflow: name });
  const rows = [...new Set(definition.steps.map((step) => step.agentId))].map((agentId): Row => {
    const performer = performers.get(agentId);
    return {
      agentId,
      steps: definition.steps.filter((step) => step.agentId === agentId).map((step) => step.id),
      performedBy: performer === undefined ? null : describe(performer.definition),
      from: performer?.source ?? null,
      installed: performer !== undefined && isInstalled(io, performer.definition),
    };
  });
  const isReady = rows.every((row) => row.installed);
  if (options.json === true) for (const row of rows) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...row });
  else for (const line of table(io.stdout, ["AGENT", "STATUS", "PERFORMED BY", "FROM", "STEPS"], rows.map(cells))) io.stdout.line(line);
  const run = `axw run ${shellWord(name)}`;
  renderNext(io.stderr, isReady ? `${run}${flag === undefined ? "" : ` --agents ${shellWord(flag)}`}` : `${run} --agents simulated`);
  return isReady ? ExitCode.ok : ExitCode.invalid;
}

function presets(io: CliIo, options: AgentsOptions): ExitCode {
  const rows = AgentPreset.options.map((preset) => {
    const definition: AgentDefinition = { type: "preset", preset, args: [], env: {}, grace: 0 };
    const program = programOf(definition);
    return { preset, program: program ?? null, path: program === undefined ? null : (findProgram(io, program) ?? null), installed: isInstalled(io, definition) };
  });
  if (options.json === true) {
    for (const row of rows) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...row });
    return ExitCode.ok;
  }
  const cellsOf = rows.map(({ preset, path, installed }): Cell[] => [preset, { status: installed ? "ok" : "missing" }, path ?? (installed ? "no program: it makes up its answers" : `\`${preset}\` is not in PATH`)]);
  for (const line of table(io.stdout, ["PRESET", "STATUS", "PROGRAM"], cellsOf)) io.stdout.line(line);
  renderNext(io.stderr, "axw agents FILE");
  return ExitCode.ok;
}

function cells({ agentId, steps, performedBy, from, installed }: Row): Cell[] {
  const status = performedBy === null ? "missing" : installed ? "ok" : "not installed";
  return [agentId, { status }, performedBy ?? "no one", from ?? "", steps.join(", ")];
}

function describe(definition: AgentDefinition): string {
  if (definition.type === "process") return definition.command.map(shellWord).join(" ");
  return [`preset ${definition.preset}`, ...definition.args].join(" ");
}

function isInstalled(io: CliIo, definition: AgentDefinition): boolean {
  const program = programOf(definition);
  return program === undefined || findProgram(io, program) !== undefined;
}
