import type { WorkflowSource } from "../definition/WorkflowSource.js";

/** A change whose consequences are asked for. */
export type Preview =
  | WorkflowSource
  | { readonly edit: { readonly stepId: string; readonly result: unknown } }
  | {
      readonly reopen: { readonly stepIds: readonly string[]; readonly downstream?: boolean };
    };

/** How to preview another definition. */
export interface PreviewOptions {
  /** Inputs in place of those that the run has. */
  readonly inputs?: Readonly<Record<string, unknown>>;
}
