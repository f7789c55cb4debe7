import type { WorkflowDefinition } from "@automatosx/schemas";
import type { ValueType } from "../../core/expressions.js";
import { agentsOf, everyStep } from "../../every-step.js";
import type { OutsideReference } from "../outside-references.js";
import type { PreparedWorkflow } from "../PreparedWorkflow.js";
import { ownValue } from "../steps/own-value.js";

/** The keys of a step that name a workflow file. */
export type NamingKey = "include" | "workflow";

/** A workflow in a file of its own, which a step of another one includes or runs. */
export interface OtherWorkflow {
  /** The path of its file in messages. */
  readonly name: string;
  readonly definition: WorkflowDefinition;
  /** How many steps it has, with those of the workflows that it includes. */
  readonly stepCount: number;
  /** The size of its text, and of all that it consists of, in characters. */
  readonly size: number;
  /** How many agents a run of it certainly launches. */
  launches(): number;
  /** How many levels of workflows are inside it. */
  readonly height: number;
  /** The workflows that its steps run as runs of their own, at any depth, by hash. */
  readonly children: ReadonlyMap<string, PreparedWorkflow>;
  /** The values that every run of it takes from its inputs and its context. */
  readonly references: readonly OutsideReference[];
  /** The type of the output of a step that names it. */
  outputType(): ValueType;
  /** The workflow to start as a run of its own. */
  prepared(): PreparedWorkflow;
}

/** The workflows that the steps of a definition name, by path as written. */
export type OtherWorkflows = ReadonlyMap<string, OtherWorkflow>;

/** Returns the key with which a step as written names a workflow file, and the path. */
export function namedFileOf(
  step: unknown,
): { readonly key: NamingKey; readonly file: string } | undefined {
  for (const key of ["include", "workflow"] as const) {
    const file = ownValue(step, key);
    if (typeof file === "string" && file !== "") return { key, file };
  }
  return undefined;
}

/** Returns the workflow that a step as written names, unless its file cannot be used. */
export function otherOf(others: OtherWorkflows, step: unknown): OtherWorkflow | undefined {
  if (others.size === 0) return undefined;
  const named = namedFileOf(step);
  return named && others.get(named.file);
}

/** Returns the agents of the steps of a workflow that is included. */
export function agentsInside(other: OtherWorkflow | undefined): readonly string[] {
  return other === undefined ? [] : [...everyStep(other.definition.steps)].flatMap(agentsOf);
}
