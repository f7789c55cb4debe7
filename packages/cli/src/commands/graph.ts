import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Context, Machine, RunReader } from "@automatosx/workflow";
import { type DbOptions, findRun, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { dot, mermaid } from "../render/graph.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow } from "../workflow-file.js";

export interface GraphOptions extends DbOptions {
  readonly format: "mermaid" | "dot";
}

const RENDER = { mermaid, dot } as const;

/** Prints the graph of a workflow file, or of a run with the status of its steps. A file goes before a run. */
export async function graph(io: CliIo, target: string, options: GraphOptions): Promise<ExitCode> {
  const render = RENDER[options.format];
  if (existsSync(isAbsolute(target) ? target : join(io.cwd, target))) {
    const file = await loadWorkflow(io, target);
    io.stdout.write(
      render(
        file.definition.steps.map(({ id, name, agentId }) => ({ id, name, agentId })),
        file.graph,
      ),
    );
    return ExitCode.ok;
  }
  if (/[/.]/.test(target))
    throw new UsageError(`There is no file ${target}.`, {
      remedy: "Give a workflow file, or the id of a run.",
      next: "axw list",
    });
  using storage = await openToRead(io, options);
  const reader = RunReader.open(storage, findRun(storage, target).runId).catchUp();
  const context = Machine.context(reader.machine);
  io.stdout.write(render(Context.steps(context), Context.graph(context) ?? { edges: [] }));
  return ExitCode.ok;
}
