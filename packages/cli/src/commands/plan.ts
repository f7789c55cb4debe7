import { criticalPath } from "@automatosx/workflow";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, talkOf } from "../io.js";
import { cleanLine } from "../render/clean-text.js";
import { renderNext } from "../render/error.js";
import { table } from "../render/table.js";
import { count, duration, shellWord } from "../render/words.js";
import { loadWorkflow } from "../workflow-file.js";

/** Shows what a run would do, batch by batch, and the path that sets its least length. Starts nothing. */
export async function plan(
  io: CliIo,
  name: string,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const { definition, graph } = await loadWorkflow(io, name);
  const estimates = definition.steps.flatMap(({ estimate = [] }) => estimate);
  // As the core has it: what does not say how long it takes is taken for an average step.
  const mean = estimates.reduce((sum, ms) => sum + ms, 0) / Math.max(1, estimates.length) || 1;
  const weights = Object.fromEntries(
    definition.steps.map(({ id, estimate }) => [id, estimate ?? mean]),
  );
  const { path: critical, length } = criticalPath(graph, weights);
  const launches = definition.steps.reduce((sum, step) => sum + 1 + step.retries, 0);
  if (options.json === true) {
    io.stdout.json({
      schemaVersion: 1,
      workflowId: definition.id,
      version: definition.version,
      stepCount: definition.steps.length,
      launches: { least: definition.steps.length, most: launches },
      batches: graph.executionOrder,
      edges: graph.edges,
      criticalPath: critical,
      ...(estimates.length > 0 && { criticalPathMs: length }),
    });
    return ExitCode.ok;
  }
  const { stdout } = io;
  const bounds =
    launches === definition.steps.length
      ? count(launches, "launch", "launches")
      : `${definition.steps.length}–${launches} launches`;
  stdout.line(
    `${cleanLine(definition.id)} ${cleanLine(definition.version)}   ${count(definition.steps.length, "step")}, ${bounds}`,
  );
  const byId = new Map(definition.steps.map((step) => [step.id, step]));
  const rows = graph.executionOrder.flatMap((batch, index) =>
    batch.map((id, i) => {
      const step = byId.get(id);
      const limits = [
        step?.timeout === undefined ? "" : `timeout ${duration(step.timeout)}`,
        step?.estimate === undefined ? "" : `about ${duration(step.estimate)}`,
        step?.retries ? count(step.retries, "retry", "retries") : "",
        step?.parallel === false ? "serial" : "",
        step?.continueOnError === true ? "may fail" : "",
      ].filter((part) => part !== "");
      return [
        i === 0 ? String(index + 1) : "",
        id,
        step?.agentId ?? "",
        (step?.dependencies ?? []).join(", "),
        limits.join(", "),
      ];
    }),
  );
  for (const line of table(stdout, ["BATCH", "STEP", "AGENT", "WAITS FOR", "LIMITS"], rows))
    stdout.line(line);
  const expected = estimates.length === 0 ? "" : `, about ${duration(length)}`;
  stdout.line(
    `critical path  ${cleanLine(critical.join(" → "))} (${count(critical.length, "step")}${expected})`,
  );
  stdout.line(
    "A step starts as soon as its own dependencies are satisfied; batches are only a preview. Nothing was started.",
  );
  renderNext(talkOf(io), `axw run ${shellWord(name)}`);
  return ExitCode.ok;
}
