import { z } from "zod";
import { FailureClass } from "./failure-class.schema.js";
import { MAX_INT } from "./integer.js";
import { RunState, RunStatus } from "./run.schema.js";
import { Amounts } from "./step.schema.js";

const about = {
  runId: z.string().min(1).describe("The run in which the event happened."),
  seq: z
    .int()
    .min(1)
    .describe(
      "Sequence number of the journal entry that the event comes from. A run's events are in " +
        "this order.",
    ),
  at: z.number().describe("When it happened, in ms since the epoch."),
};
const step = { ...about, stepId: z.string().min(1).describe("The path of the step.") };
const attempt = {
  ...step,
  attemptNumber: z.int().min(1).max(MAX_INT).describe("The attempt, numbered from 1."),
};
const ended = {
  ...step,
  attemptNumber: z
    .int()
    .min(0)
    .max(MAX_INT)
    .describe("The attempt, numbered from 1; 0 for a step that ended without one."),
};

// Steps with others inside do not count.
const counts = {
  kept: z.int().min(0).describe("How many steps stay as they were, of those that had begun."),
  stale: z.int().min(0).describe("How many steps lose their results and are entered again."),
  new: z.int().min(0).describe("How many steps did not exist before."),
  dropped: z.int().min(0).describe("How many steps were removed."),
};
const by = z.string().exactOptional().describe("Who did it.");

/** The events of a run, in order: for progress, logs, dashboards and tests. */
export const RunEvent = z.discriminatedUnion("type", [
  z
    .strictObject({
      ...about,
      type: z.literal("run_state"),
      state: RunState,
      status: RunStatus,
      error: z.string().exactOptional(),
      errorCode: z.string().exactOptional(),
    })
    .readonly(),
  z
    .strictObject({ ...attempt, type: z.literal("step_started"), agentId: z.string().min(1) })
    .readonly(),
  z
    .strictObject({
      ...ended,
      type: z.literal("step_completed"),
      durationMs: z.number().min(0),
      result: z.unknown(),
      usage: Amounts.exactOptional().describe("What the attempt has used, if its agent says."),
      reused: z
        .strictObject({ runId: z.string().min(1), seq: z.int().min(1) })
        .exactOptional()
        .describe("The run whose result was taken, and its journal entry. No agent was called."),
    })
    .readonly(),
  z
    .strictObject({
      ...ended,
      type: z.literal("step_failed"),
      durationMs: z.number().min(0),
      error: z.string(),
      reason: z.enum([...FailureClass.options, "inner", "rounds", "rejected"]),
      final: z.boolean().describe("True if no other attempt follows."),
      usage: Amounts.exactOptional().describe("What the attempt has used, if its agent says."),
    })
    .readonly(),
  z
    .strictObject({
      ...attempt,
      type: z.literal("step_retried"),
      delayMs: z.number().min(0),
      dueAt: z.number().describe("When the next attempt may start, in ms since the epoch."),
    })
    .readonly(),
  z
    .strictObject({
      ...about,
      type: z.literal("step_skipped"),
      stepId: z.string().min(1),
      because: z
        .string()
        .describe(
          "The path of the step that led to it; `:condition` if its own `if` is false, and " +
            "`:expired` if no answer came in time.",
        ),
    })
    .readonly(),
  z
    .strictObject({
      ...step,
      type: z.literal("step_opened"),
      kind: z
        .enum(["group", "foreach", "loop", "gate", "signal", "timer", "checks", "run"])
        .describe("What the step is, or what it waits for."),
      keys: z.array(z.string()).exactOptional().describe("The keys of the items of a fan-out."),
      ask: z.string().exactOptional().describe("The question of a gate."),
      signal: z.string().exactOptional().describe("The name of the signal that it waits for."),
      dueAt: z
        .number()
        .exactOptional()
        .describe("When the wait ends or the question expires, in ms since the epoch."),
    })
    .readonly(),
  z
    .strictObject({
      ...attempt,
      type: z.literal("gate_answered"),
      approved: z.boolean(),
      by: z.string().exactOptional().describe("Who answered."),
      note: z.string().exactOptional().describe("The remark that was left with the answer."),
    })
    .readonly(),
  z
    .strictObject({
      ...ended,
      type: z.literal("result_edited"),
      ...counts,
      by,
      note: z.string().exactOptional().describe("The note recorded with the edit."),
    })
    .readonly(),
  z
    .strictObject({
      ...about,
      type: z.literal("steps_reopened"),
      stepIds: z.array(z.string()).describe("The paths of the steps to perform again."),
      downstream: z
        .boolean()
        .describe("Whether all steps that depend on them are performed again too."),
      ...counts,
      by,
    })
    .readonly(),
  z
    .strictObject({
      ...about,
      type: z.literal("definition_changed"),
      definitionHash: z
        .string()
        .min(1)
        .describe("The hash of the definition that the run has now."),
      ...counts,
      by,
    })
    .readonly(),
  z.strictObject({ ...ended, type: z.literal("step_reused") }).readonly(),
  z
    .strictObject({
      ...about,
      type: z.literal("signal_received"),
      name: z.string().min(1),
      stepId: z
        .string()
        .exactOptional()
        .describe("The path of the step that waited for it. Absent for a signal that is kept."),
    })
    .readonly(),
  z
    .strictObject({
      ...attempt,
      type: z.literal("step_parked"),
      scope: z.string().describe("What shares the quota that is used up."),
      until: z.number().describe("When the quota is available again, in ms since the epoch."),
    })
    .readonly(),
  z
    .strictObject({
      ...attempt,
      type: z.literal("step_unknown"),
      error: z.string().describe("Why it is unknown whether the attempt took effect."),
    })
    .readonly(),
  z
    .strictObject({
      ...about,
      type: z.literal("budget_used"),
      dimension: z.enum(["usd", "tokens", "launches", "wall"]),
      settled: z.number().min(0),
      reserved: z.number().min(0),
      limit: z.number().min(0),
      percent: z.number().min(0).describe("How much of the limit is settled."),
    })
    .readonly(),
  z
    .strictObject({
      ...step,
      type: z.literal("run_stopped"),
      as: z.enum(["completed", "failed", "cancelled"]),
      reason: z.string().exactOptional(),
    })
    .readonly(),
  z
    .strictObject({
      ...about,
      type: z.literal("checkpoint_created"),
      checkpointId: z.string().min(1),
      name: z.string().exactOptional(),
    })
    .readonly(),
]);
/** An event of a run: for progress, logs, dashboards and tests. */
export type RunEvent = z.output<typeof RunEvent>;
