import { dirname } from "node:path";
import { findProgram, presetNames, presets } from "@automatosx/agents";
import { findPerformers, type Performer } from "../choose-agents.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { type Cell, table } from "../render/table.js";
import { shellWord } from "../render/words.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

export interface AgentsOptions {
  readonly agents?: string;
  readonly json?: boolean;
}

/** Who would perform the steps of a workflow; without one, which presets could. Exit code 2 when a step has no one. */
export async function agents(
  io: CliIo,
  name: string | undefined,
  options: AgentsOptions,
): Promise<ExitCode> {
  if (name === undefined) return listPresets(io, options);
  const { definition } = await loadWorkflow(io, name);
  const command = `axw agents ${shellWord(name)}`;
  const wanted = {
    flag: options.agents,
    folder: dirname(pathOf(io, name)),
    definition,
    command,
    file: name,
  };
  const { performers, flag } = await findPerformers(io, wanted);
  const rows = [...new Set(definition.steps.map((step) => step.agentId))].map((agentId) =>
    rowOf(
      agentId,
      definition.steps.flatMap((step) => (step.agentId === agentId ? step.id : [])),
      performers.get(agentId),
    ),
  );
  const isReady = rows.every((row) => row.installed);
  if (options.json === true)
    for (const row of rows) io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...row });
  else
    for (const line of table(
      io.stdout,
      ["AGENT", "STATUS", "PERFORMED BY", "FROM", "STEPS"],
      rows.map(cells),
    ))
      io.stdout.line(line);
  const [run, agentsFlag] = [
    `axw run ${shellWord(name)}`,
    flag === undefined ? "" : ` --agents ${shellWord(flag)}`,
  ];
  if (isReady) {
    renderNext(io.stderr, `${run}${agentsFlag}`);
    return ExitCode.ok;
  }
  // A preset of --agents stands in only for agents that nothing else names.
  const simulated = await findPerformers(io, { ...wanted, flag: "simulated" });
  const wouldDo = rows.every(
    ({ agentId }) => simulated.performers.get(agentId)?.isInstalled === true,
  );
  if (!wouldDo)
    io.stderr.line(
      "Install what is missing so that it is found in PATH, or correct the command where it is written.",
    );
  renderNext(
    io.stderr,
    wouldDo ? `${run} --agents simulated` : `${command}${agentsFlag}   (once it is there)`,
  );
  return ExitCode.invalid;
}

function rowOf(agentId: string, steps: readonly string[], performer: Performer | undefined) {
  return {
    agentId,
    steps,
    performedBy: performer?.description ?? null,
    from: performer?.source ?? null,
    installed: performer?.isInstalled ?? false,
  };
}

function cells({ agentId, steps, performedBy, from, installed }: ReturnType<typeof rowOf>): Cell[] {
  const status = performedBy === null ? "missing" : installed ? "ok" : "not installed";
  return [agentId, { status }, performedBy ?? "no one", from ?? "", steps.join(", ")];
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
  const shown = rows.map(({ preset, installed, path, description, installHint }): Cell[] => [
    preset,
    { status: installed ? "ok" : "not installed" },
    description,
    path ?? (installed ? "" : (installHint ?? "")),
  ]);
  for (const line of table(io.stdout, ["PRESET", "STATUS", "WHAT IT IS", "WHERE"], shown))
    io.stdout.line(line);
  renderNext(io.stderr, "axw agents FILE");
  return ExitCode.ok;
}
