import { z } from "zod";
import { MAX_INT } from "./integer.js";

/** A checkpoint as listed: what it is of, without its content. */
export const Checkpoint = z
  .strictObject({
    checkpointId: z.string().min(1).describe("Id of the checkpoint."),
    runId: z.string().min(1).describe("The run that it is of."),
    seq: z.int().min(0).describe("The journal position whose state it holds."),
    kind: z
      .enum(["automatic", "manual", "step"])
      .describe("Who asked for it: the engine, a person, or a step's `checkpoint` key."),
    name: z.string().exactOptional().describe("Its name, when it was given one."),
    createdAt: z.number().describe("When it was written, in ms since the epoch."),
    completedCount: z.int().min(0).max(MAX_INT).describe("Steps that were over by then."),
  })
  .readonly();
export type Checkpoint = z.output<typeof Checkpoint>;
