import type { WorkflowDefinition } from "@automatosx/schemas";
import { everyStep } from "@automatosx/source";
import type { ValueType } from "../../core/expressions.js";
import { PreparedWorkflow } from "../PreparedWorkflow.js";
import { namedFileOf, type OtherWorkflow, type OtherWorkflows, otherOf } from "./OtherWorkflow.js";
import type { OthersRead } from "./read-other-workflows.js";

/** A workflow that has been read from a file and checked. */
interface Parts extends Omit<ConstructorParameters<typeof PreparedWorkflow>[0], "children"> {
  readonly children: ReadonlyMap<string, PreparedWorkflow>;
  readonly path: string;
  readonly definition: WorkflowDefinition;
  readonly read: OthersRead;
  /** Its own steps, without those that it includes. */
  readonly stepCount: number;
  readonly launches: () => number;
  readonly outputType: () => ValueType;
}

/** Returns a workflow as others see it whose steps name its file. */
export function makeOtherWorkflow(parts: Parts): OtherWorkflow {
  const { path, definition, read, stepCount, launches, outputType, children, references } = parts;
  let type: ValueType | undefined;
  let launchCount: number | undefined;
  let prepared: PreparedWorkflow | undefined;
  return {
    name: path,
    definition,
    children,
    references,
    launches: () => {
      launchCount ??= launches();
      return launchCount;
    },
    stepCount: stepCount + read.stepCount,
    size: parts.source.length + read.size,
    height: read.height,
    outputType: () => {
      type ??= outputType();
      return type;
    },
    prepared: () => {
      prepared ??= new PreparedWorkflow(parts);
      return prepared;
    },
  };
}

/** Returns the workflows that steps run as runs of their own, at any depth, by hash. */
export function childrenIn(
  value: unknown,
  others: OtherWorkflows,
): ReadonlyMap<string, PreparedWorkflow> {
  const found = new Map<string, PreparedWorkflow>();
  if (others.size === 0) return found;
  for (const { step } of everyStep(value)) {
    const other = otherOf(others, step);
    if (other === undefined) continue;
    for (const [hash, child] of other.children) found.set(hash, child);
    if (namedFileOf(step)?.key === "workflow") found.set(other.prepared().hash, other.prepared());
  }
  return found;
}

/** Returns the workflows that the steps of a definition name, as `normaliseWorkflow` takes them. */
export function namedIn(value: unknown, others: OtherWorkflows) {
  const included = new Map<string, WorkflowDefinition>();
  const children = new Map<string, { readonly id: string; readonly hash: string }>();
  if (others.size === 0) return { included, children };
  for (const { step } of everyStep(value)) {
    const named = namedFileOf(step);
    const other = otherOf(others, step);
    if (named === undefined || other === undefined) continue;
    const { definition } = other;
    if (named.key === "include") included.set(named.file, definition);
    else children.set(named.file, { id: definition.id, hash: other.prepared().hash });
  }
  return { included, children };
}
