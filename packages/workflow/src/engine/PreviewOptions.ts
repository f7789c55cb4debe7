import type { WorkflowSource } from "../definition/WorkflowSource.js";

/** The change to preview. */
export type Preview =
  | WorkflowSource
  | { readonly edit: { readonly stepId: string; readonly result: unknown } }
  | {
      readonly reopen: { readonly stepIds: readonly string[]; readonly downstream?: boolean };
    };

/** How to preview another definition. */
export interface PreviewOptions {
  /** Inputs that replace those of the run. */
  readonly inputs?: Readonly<Record<string, unknown>>;
}
