import type { WorkflowData } from "./WorkflowSource.js";

type StepData = WorkflowData["steps"][number];

/** The keys of each member of a union. */
type KeysOf<Union> = Union extends unknown ? keyof Union : never;

/** The keys of `Given` that `Known` does not have. Keys that begin with `x-` are free. */
type UnknownKeys<Given, Known> = Exclude<KeysOf<Given>, KeysOf<Known> | `x-${string}`>;

type StepIds<Workflow extends WorkflowData> = NonNullable<Workflow["steps"][number]["id"]>;

/** What the compiler accepts: known keys, and dependencies on steps of the workflow. */
type Checked<Workflow extends WorkflowData> = {
  readonly [Key in UnknownKeys<Workflow, WorkflowData>]?: never;
} & {
  readonly steps: readonly (StepData & {
    readonly [Key in UnknownKeys<Workflow["steps"][number], StepData>]?: never;
  } & {
    readonly dependencies?: readonly Dependency<StepIds<Workflow>>[];
    readonly session?: { readonly from: StepIds<Workflow> };
  })[];
};

/** A dependency as written: an id, or ids with a mode each. */
type Dependency<Ids extends string> = Ids | { readonly [Id in Ids]?: WrittenMode | undefined };

type WrittenMode = "ok" | "ok-or-skipped" | "done";

/**
 * Returns the workflow unchanged. Its purpose is its type: an editor completes the keys, and the
 * compiler refuses unknown keys and dependencies on steps that do not exist.
 *
 * ```ts
 * const review = defineWorkflow({
 *   id: "review",
 *   steps: [
 *     { id: "write", agentId: "writer", task: "Write a summary." },
 *     { id: "check", agentId: "checker", task: "Check it.", dependencies: ["write"] },
 *   ],
 * });
 * const run = await engine.start(review);
 * ```
 *
 * It checks nothing at run time; `prepareWorkflow` and `start` do.
 */
export function defineWorkflow<const Workflow extends WorkflowData>(
  workflow: Workflow & Checked<Workflow>,
): Workflow {
  return workflow;
}
