import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { criticalPath, type DependencyGraph, everyStep, launchBounds } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { lineToStart } from "../next/start-line.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderIssue, renderNext } from "../render/error.js";
import { describeLaunches } from "../render/launch-words.js";
import { performerOf, ruleOf, waitsFor } from "../render/step-words.js";
import { type Cell, table } from "../render/table.js";
import { count, duration } from "../render/words.js";
import type { PlanOptions } from "../rerun/plan-options.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow } from "../workflow-file.js";

/**
 * Shows a workflow's batches and its critical path, which is the minimum duration of a run. Does
 * not start a run.
 */
export async function plan(io: CliIo, name: string, options: PlanOptions): Promise<ExitCode> {
  if (options.run !== undefined) {
    const { planForRun } = await import("../rerun/plan-for-run.js");
    return planForRun(io, name, { ...options, run: options.run });
  }
  if (options.input !== undefined || options.inputs !== undefined)
    throw new UsageError(
      "--input and --inputs need --run: a plan without a run does not depend on inputs.",
      {
        next: next("read_help", "wrong_usage", { args: ["plan"] }),
      },
    );
  const workflow = await loadWorkflow(io, name, options);
  const { definition, graph } = workflow;
  const { warningsOfWorkflow } = await import("../program-warnings.js");
  for (const issue of await warningsOfWorkflow(io, name, workflow))
    for (const line of renderIssue(io.stderr, name, issue)) io.stderr.line(line);
  const { steps } = definition;
  const critical = weighedPath(definition, graph);
  const launches = launchBounds(definition);
  const stepCount = [...everyStep(steps)].filter((step) => step.steps === undefined).length;
  if (options.json === true) {
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      workflowId: definition.id,
      version: definition.version,
      stepCount,
      launches,
      batches: graph.executionOrder,
      edges: graph.edges,
      criticalPath: critical.path,
      ...(critical.lengthMs !== undefined && { criticalPathMs: critical.lengthMs }),
    });
    return ExitCode.ok;
  }
  const { stdout } = io;
  const what = `${cleanLine(definition.id)} ${cleanLine(definition.version)}`;
  stdout.line(`${what}   ${count(stepCount, "step")}, ${describeLaunches(launches)}`);
  const header = ["BATCH", "STEP", "AGENT", "WAITS FOR", "LIMITS"];
  const cells = [...rows(definition, graph), ...handlerRows(definition)];
  for (const line of table(stdout, header, cells, { dropped: ["AGENT"] })) stdout.line(line);
  const about = critical.lengthMs === undefined ? "" : `, about ${duration(critical.lengthMs)}`;
  const length = `${count(critical.path.length, "step")}${about}`;
  stdout.line(`critical path  ${cleanLine(critical.path.join(" → "))} (${length})`);
  stdout.line(
    "A step starts as soon as its own dependencies are satisfied; batches are only a preview. " +
      "Nothing was started.",
  );
  renderNext(messages(io), await lineToStart(io, name, workflow));
  return ExitCode.ok;
}

/**
 * The critical path, measured by the steps' estimates. If there are no estimates, it is measured in
 * steps and has no length.
 */
function weighedPath({ steps }: WorkflowDefinition, graph: DependencyGraph) {
  const estimates = steps.flatMap(({ estimate = [] }) => estimate);
  // As in the core, a step without an estimate counts as average.
  const mean = estimates.reduce((sum, ms) => sum + ms, 0) / Math.max(1, estimates.length) || 1;
  const weights = Object.fromEntries(steps.map(({ id, estimate }) => [id, estimate ?? mean]));
  const { path, length } = criticalPath(graph, weights);
  return { path, lengthMs: estimates.length === 0 ? undefined : length };
}

function rows({ steps }: WorkflowDefinition, graph: DependencyGraph): Cell[][] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  return graph.executionOrder.flatMap((batch, batchIndex) =>
    batch.flatMap((id, index) => {
      const step = byId.get(id);
      if (step === undefined) return [];
      const [first = [], ...inner] = rowsOf(step, 0);
      return [[index === 0 ? String(batchIndex + 1) : "", ...first], ...inner.map(withoutBatch)];
    }),
  );
}

/** The rows of the handlers, below a line for each group. */
function handlerRows({ on = {} }: WorkflowDefinition): Cell[][] {
  const { failure = [], always = [] } = on;
  return (
    [
      ["on.failure", failure],
      ["on.always", always],
    ] as const
  ).flatMap(([name, handlers]) =>
    handlers.length === 0
      ? []
      : [["", name], ...handlers.flatMap((step) => rowsOf(step, 1)).map(withoutBatch)],
  );
}

function withoutBatch(cells: readonly Cell[]): Cell[] {
  return ["", ...cells];
}

/** The row of a step, then those of the steps inside it. */
function rowsOf(step: StepDefinition, depth: number): Cell[][] {
  const own = [{ text: step.id, depth }, performerOf(step), waitsFor(step), limitsOf(step)];
  return [own, ...(step.steps ?? []).flatMap((inner) => rowsOf(inner, depth + 1))];
}

function limitsOf(step: StepDefinition): string {
  const { timeout, idleTimeout, totalTimeout, estimate } = step;
  const { retries, parallel, continueOnError } = step;
  const rule = ruleOf(step);
  return [
    ...(rule === "" ? [] : [rule]),
    ...(timeout === undefined ? [] : [`timeout ${duration(timeout)}`]),
    ...(idleTimeout === undefined ? [] : [`idle ${duration(idleTimeout)}`]),
    ...(totalTimeout === undefined ? [] : [`total ${duration(totalTimeout)}`]),
    ...(estimate === undefined ? [] : [`about ${duration(estimate)}`]),
    ...(retries === 0 ? [] : [count(retries, "retry", "retries")]),
    ...(parallel ? [] : ["serial"]),
    ...(continueOnError ? ["may fail"] : []),
  ].join(", ");
}
