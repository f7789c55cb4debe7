import type { WorkflowDefinition } from "@automatosx/schemas";
import type { SeededRandom } from "./SeededRandom.js";

/** What an agent does with one attempt. All but `slow`, `invalid` and `unjson` cost the step a try. */
export type Misbehaviour =
  /** Answers late, but within the step's timeout. */
  | "slow"
  /** Rejects. */
  | "error"
  /** Throws before it gives a promise. */
  | "throws"
  /** Rejects with a failure that another attempt cannot mend. */
  | "invalid"
  /** Answers with something that is not JSON. */
  | "unjson"
  /** Never answers; heeds the signal. */
  | "hangs"
  /** Never answers, whatever the signal says. */
  | "deaf"
  /** Answers as if nothing had happened, but after the timeout. */
  | "late";

export type Control = "pause" | "stop-agents" | "cancel" | "checkpoint" | "restore";

/** How a call of the storage goes wrong: before it did anything, or after it did all of it. */
export type StorageFault = "busy" | "busy-for-long" | "full-before" | "unusable-before" | "unusable-after" | "crash-before" | "crash-after";

/** One thing that goes wrong, and when. `at` counts what happens in the world, `call` the writing calls of the storage. */
export type Fault =
  | { readonly kind: "agent"; readonly run: number; readonly stepId: string; readonly does: Misbehaviour }
  | { readonly kind: "storage"; readonly call: number; readonly does: StorageFault }
  | { readonly kind: "crash"; readonly at: number; readonly isSeen: boolean; readonly skewMs: number }
  | { readonly kind: "jump"; readonly at: number; readonly byMs: number }
  | { readonly kind: "stall"; readonly at: number; readonly forMs: number; readonly skewMs: number }
  | { readonly kind: "control"; readonly at: number; readonly run: number; readonly does: Control; readonly from: "owner" | "elsewhere" };

const MISBEHAVIOURS: readonly Misbehaviour[] = [
  ...(["error", "error", "throws", "slow", "slow", "hangs", "hangs", "deaf", "late", "late"] as const),
  ...(["invalid", "unjson"] as const),
];
const STORAGE_FAULTS: readonly StorageFault[] = [
  ...(["busy", "busy", "busy-for-long", "busy-for-long", "full-before", "unusable-before", "unusable-after"] as const),
  ...(["crash-before", "crash-before", "crash-after", "crash-after"] as const),
];
const CONTROLS: readonly Control[] = ["pause", "stop-agents", "checkpoint", "checkpoint", "restore", "cancel"];
const KINDS: readonly Fault["kind"][] = [
  "agent",
  "agent",
  "agent",
  "storage",
  "storage",
  "crash",
  "crash",
  "control",
  "control",
  "jump",
  "stall",
];

/** How many writing calls in a row find the database busy: more than an engine is patient for. */
export const BUSY_CALLS = 6;

/** Most faults of one seed. When they are spent, nothing goes wrong any more and every run has to end. */
export const MOST_FAULTS = 8;

/** What goes wrong in a world: from nothing at all to `MOST_FAULTS`. */
export function planFaults(random: SeededRandom, workflows: readonly WorkflowDefinition[]): Fault[] {
  const steps = workflows.reduce((sum, workflow) => sum + workflow.steps.length, 0);
  // A step makes about four things happen, and a writing call or two. What is later than the end does not come to pass.
  const lastAt = 8 + steps * 4;
  return Array.from({ length: random.between(0, MOST_FAULTS) }, (): Fault => {
    const run = random.between(0, workflows.length - 1);
    switch (random.pick(KINDS)) {
      case "agent":
        return {
          kind: "agent",
          run,
          stepId: random.pick(workflows[run]?.steps ?? []).id,
          does: random.pick(MISBEHAVIOURS),
        };
      case "storage":
        return { kind: "storage", call: random.between(1, 4 + Math.ceil(steps * 1.5)), does: random.pick(STORAGE_FAULTS) };
      case "crash":
        return crash(random, lastAt);
      case "jump":
        return { kind: "jump", at: random.between(1, lastAt), byMs: random.pick([500, 5000, 20_000, 3_600_000]) };
      case "stall":
        return { kind: "stall", at: random.between(1, lastAt), forMs: random.between(1000, 90_000), skewMs: random.between(-5000, 20_000) };
      case "control":
        return {
          kind: "control",
          at: random.between(1, lastAt),
          run,
          does: random.pick(CONTROLS),
          from: random.chance(0.7) ? "owner" : "elsewhere",
        };
    }
  });
}

function crash(random: SeededRandom, lastAt: number): Fault {
  const isSeen = random.chance(0.8);
  // Where the death is not seen, the next process waits for the lease's end, by its own clock: that may not be minutes behind.
  const skewMs = isSeen ? random.pick([0, 0, 60_000, -300_000, 86_400_000]) : random.between(-5000, 5000);
  return { kind: "crash", at: random.between(1, lastAt), isSeen, skewMs };
}

/** One fault as a line of a report. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "agent":
      return `agent of run ${fault.run + 1}, step ${fault.stepId}: ${fault.does}`;
    case "storage":
      return `storage at writing call ${fault.call}: ${fault.does}`;
    case "crash":
      return `crash at ${fault.at}${fault.isSeen ? "" : ", seen by nobody"}${fault.skewMs === 0 ? "" : `, and the wall clock is set by ${fault.skewMs} ms`}`;
    case "jump":
      return `everything sleeps for ${fault.byMs} ms at ${fault.at}`;
    case "stall":
      return `the process stands still for ${fault.forMs} ms at ${fault.at}; another looks for work`;
    case "control":
      return `${fault.does} run ${fault.run + 1} at ${fault.at}, from ${fault.from === "owner" ? "its owner" : "another process"}`;
  }
}
