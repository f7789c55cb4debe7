import { z } from "zod";

/**
 * The graph of a workflow's steps. The batches of `executionOrder` only preview the order; a step
 * does not wait for a whole batch.
 */
export const DependencyGraph = z
  .strictObject({
    nodes: z.array(z.string()).describe("Step ids, in the order of the definition."),
    edges: z
      .array(z.tuple([z.string(), z.string()]))
      .describe("Pairs of a dependency and the step that waits for it."),
    executionOrder: z
      .array(z.array(z.string()))
      .describe("Batches of steps. Every step comes after all of its dependencies."),
  })
  .readonly();
export type DependencyGraph = z.output<typeof DependencyGraph>;
