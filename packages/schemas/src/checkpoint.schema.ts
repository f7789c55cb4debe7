import { z } from "zod";
import { MAX_INT } from "./integer.js";

/** A checkpoint as it appears in a list, without its content. */
export const Checkpoint = z
  .strictObject({
    checkpointId: z.string().min(1).describe("The id of the checkpoint."),
    runId: z.string().min(1).describe("The run that the checkpoint belongs to."),
    seq: z
      .int()
      .min(0)
      .describe("Sequence number of the last journal entry that its state includes."),
    kind: z
      .enum(["automatic", "manual", "step"])
      .describe("What requested it: the engine, a user, or a step's `checkpoint` key."),
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
