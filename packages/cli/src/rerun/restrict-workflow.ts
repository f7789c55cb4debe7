import { dirname } from "node:path";
import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";
import { isRecord } from "@automatosx/workflow/checks";
import { IssueList, readJson, readYaml, SourceText, valueOf } from "@automatosx/workflow/source";

interface Place {
  /** The path of the workflow file, to which the paths in it are relative. */
  readonly path: string;
  /** The folder outside of which no file is read. */
  readonly root?: string | undefined;
}

/**
 * Returns the workflow with only the steps on which a step depends, and the step itself. It has no
 * handlers and no outputs, which may read steps that are left out.
 */
export function restrictWorkflow(
  workflow: PreparedWorkflow,
  stepId: string,
  { path, root }: Place,
): PreparedWorkflow {
  const { on: _handlers, outputs: _outputs, ...written } = writtenIn(workflow);
  const needed = ancestorsOf(workflow, stepId);
  const steps = (Array.isArray(written["steps"]) ? written["steps"] : []).filter(
    (step) => isRecord(step) && needed.has(String(step["id"])),
  );
  return prepareWorkflow(
    { ...written, steps },
    { base: dirname(path), ...(root !== undefined && { root }) },
  );
}

/** The workflow as it was written. */
function writtenIn({ source, format }: PreparedWorkflow): Readonly<Record<string, unknown>> {
  const issues = new IssueList(new SourceText(source));
  const root = format === "json" ? readJson(issues) : readYaml(issues);
  const value = root === undefined ? undefined : valueOf(root);
  return isRecord(value) ? value : {};
}

/** The step, and the steps of the workflow that it depends on. */
function ancestorsOf({ definition: { steps } }: PreparedWorkflow, stepId: string): Set<string> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const needed = new Set([stepId]);
  // The set grows while it is read.
  for (const id of needed)
    for (const before of byId.get(id)?.dependencies ?? []) needed.add(before);
  return needed;
}

/** The step, and the steps of the workflow that depend on it. */
export function descendantsOf(
  { definition: { steps } }: PreparedWorkflow,
  stepId: string,
): ReadonlySet<string> {
  const found = new Set([stepId]);
  for (const id of found)
    for (const step of steps) if (step.dependencies.includes(id)) found.add(step.id);
  return found;
}
