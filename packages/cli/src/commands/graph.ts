import { Context, Machine, RunReader } from "@automatosx/workflow";
import { pathExists } from "@automatosx/workflow/checks";
import { progressOf, type ShownStep, shownSteps, treeOf } from "@automatosx/workflow/run-view";
import { STDIN } from "../command.js";
import { type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { dot, type GraphStep, handlerGroups, mermaid } from "../render/graph.js";
import { factsOf } from "../render/run-status.js";
import { unfinishedFirst } from "../render/step-rows.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

export interface GraphOptions extends DbOptions {
  readonly format: "mermaid" | "dot";
  /** Draws an SVG file instead. */
  readonly svg?: boolean;
  readonly root?: string;
}

const RENDER = { mermaid, dot } as const;

/**
 * Prints the graph of a workflow file, or of a run with the status of its steps. If a file with
 * that name exists, the target is the file.
 */
export async function graph(io: CliIo, target: string, options: GraphOptions): Promise<ExitCode> {
  const render = RENDER[options.format];
  // Laying out a graph takes a library that the other formats do not need.
  const { svg } = options.svg === true ? await import("../render/svg.js") : {};
  if (target === STDIN || pathExists(pathOf(io, target))) {
    const { definition, graph: dependencies } = await loadWorkflow(io, target, options);
    const handlers = handlerGroups(definition);
    io.stdout.write(svg?.(definition) ?? render([...definition.steps, ...handlers], dependencies));
    return ExitCode.ok;
  }
  if (/[/.]/.test(target))
    throw new UsageError(`The file ${target} does not exist.`, {
      remedy: "Pass a workflow file or a run id.",
      next: next("list_folder", "missing_file", undefined),
    });
  using storage = await openToRead(io, options);
  const run = findRun(storage, target);
  const { machine, view, definition } = RunReader.open(storage, run.runId).catchUp();
  const { edges = [] } = Context.graph(Machine.context(machine)) ?? {};
  const steps = shownSteps(factsOf(run), view);
  const tree = treeOf(steps);
  const byPath = new Map(steps.map((step) => [step.id, step]));
  if (svg !== undefined) {
    const drawn = {
      stepAt: (path: string) => byPath.get(path),
      progressOf: (step: ShownStep) => progressOf(step, tree),
      itemsOf: (path: string) =>
        byPath.get(path)?.kind === "foreach"
          ? unfinishedFirst(tree.get(path) ?? [], (step) => step).map(({ status }) => status)
          : [],
    };
    io.stdout.write(svg(definition, drawn));
    return ExitCode.ok;
  }
  const roots = (tree.get(undefined) ?? []).map((step): GraphStep => {
    const progress = progressOf(step, tree);
    return { ...step, ...(progress !== undefined && { progress }) };
  });
  const all = [...roots, ...handlerGroups(definition)];
  io.stdout.write(render(all, { edges }, (path) => byPath.get(path)));
  return ExitCode.ok;
}
