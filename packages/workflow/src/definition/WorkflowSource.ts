import type { WorkflowDefinition, WrittenWorkflow } from "@automatosx/schemas";
import type { PreparedWorkflow } from "./PreparedWorkflow.js";

type ReadonlyDeep<T> = T extends readonly (infer Element)[]
  ? readonly ReadonlyDeep<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;

/** A workflow as data, with the same keys as in YAML. */
export type WorkflowData = ReadonlyDeep<WrittenWorkflow>;

/**
 * A workflow to start: its YAML or JSON text, the same as data, a normalised definition, or the
 * result of `prepareWorkflow`.
 */
export type WorkflowSource = string | WorkflowData | WorkflowDefinition | PreparedWorkflow;
