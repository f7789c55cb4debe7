import { z } from "zod";
import { MAX_INT } from "./integer.js";

/** A checkpoint as listed, without its content. */
export const Checkpoint = z
  .strictObject({
    checkpointId: z.string().min(1).describe("The id of the checkpoint."),
    runId: z.string().min(1).describe("The run that it belongs to."),
    seq: z.int().min(0).describe("The journal entry whose state it holds."),
    kind: z
      .enum(["automatic", "manual", "step"])
      .describe("What requested it: the engine, a person, or a step's `checkpoint` key."),
    name: z.string().exactOptional().describe("Its name, if it has one."),
    createdAt: z.number().describe("When it was written, in ms since the epoch."),
    completedCount: z
      .int()
      .min(0)
      .max(MAX_INT)
      .describe("The number of steps that were completed."),
  })
  .readonly();
export type Checkpoint = z.output<typeof Checkpoint>;
