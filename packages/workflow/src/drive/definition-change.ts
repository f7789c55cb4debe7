import { isDeepStrictEqual } from "node:util";
import type { InputDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { RECIPE } from "../core/content-recipe.js";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import {
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { StoredDefinition } from "../storage/StoragePort.js";
import { amendedPolicy } from "./amended-policy.js";

type Values = Readonly<Record<string, unknown>>;

type DefinitionChange = Extract<WorkflowEvent, { readonly type: "definition_changed" }>;

/** A new definition for a run. */
export interface NextDefinition {
  readonly stored: StoredDefinition;
  /** All inputs, if they differ from those of the run. */
  readonly inputs?: Values | undefined;
  readonly by?: string | undefined;
}

/** Returns the event that replaces `present`, the current definition of a run. */
export function definitionChange(
  machine: WorkflowMachine,
  present: WorkflowDefinition,
  { stored, inputs, by }: NextDefinition,
): DefinitionChange {
  const definition = JSON.parse(stored.definition) as WorkflowDefinition;
  const built = buildDependencyGraph(definition.steps);
  if (!built.ok)
    throw new WorkflowError("internal", `The definition ${stored.hash} has no graph of its steps.`);
  const now = RunQueries.workflow(machine);
  const context = amendedContext(now?.context ?? {}, present.context, definition.context);
  const { steps, outputs, on: handlers, name, version } = definition;
  return {
    ...{ type: "definition_changed", definitionHash: stored.hash, steps, ...built.graph },
    ...{ name, version, recipe: RECIPE },
    policy: amendedPolicy(RunQueries.policy(machine), present, definition),
    ...(handlers !== undefined && { handlers }),
    ...(outputs !== undefined && { outputs }),
    ...(inputs !== undefined && !isDeepStrictEqual(inputs, now?.inputs) && { inputs }),
    ...(!isDeepStrictEqual(context, now?.context ?? {}) && { context }),
    ...(by !== undefined && { by }),
  };
}

/**
 * Returns the context of a run under another definition: that of the definition, overridden by what
 * the caller of its start had given.
 */
export function amendedContext(context: Values, present: Values, next: Values): Values {
  const given = Object.entries(context).filter(
    ([name, value]) => !(Object.hasOwn(present, name) && isDeepStrictEqual(present[name], value)),
  );
  return { ...next, ...Object.fromEntries(given) };
}

/**
 * Returns the inputs that a run keeps under another definition: those that it declares too,
 * except defaults of the present one.
 */
export function inheritedInputs(
  inputs: Values,
  present: Readonly<Record<string, InputDefinition>>,
  next: Readonly<Record<string, InputDefinition>>,
): Values {
  const isDefault = (name: string, value: unknown): boolean =>
    Object.hasOwn(present, name) && isDeepStrictEqual(present[name]?.default, value);
  return Object.fromEntries(
    Object.entries(inputs).filter(
      ([name, value]) =>
        Object.hasOwn(next, name) && !(isDefault(name, value) && next[name]?.default !== undefined),
    ),
  );
}
