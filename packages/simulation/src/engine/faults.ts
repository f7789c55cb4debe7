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

export type Control =
  | "pause"
  | "pause-and-resume"
  | "stop-agents"
  | "cancel"
  | "checkpoint"
  | "restore";

/** Who asks for it. */
export type Asker = "owner" | "elsewhere";

/** How a writing call of the storage goes wrong: before it did anything, or after it did all of it. Or the reading call after it. */
export type StorageFault =
  | "busy"
  | "full-before"
  | "unusable-before"
  | "unusable-after"
  | "unreadable"
  | "crash-before"
  | "crash-after";

/**
 * One thing that goes wrong, and when. `at` counts what happens in the world, `call` the writing calls of the storage;
 * at `busy` is as soon as a process has found the storage busy.
 */
export type Fault =
  | {
      readonly kind: "agent";
      readonly run: number;
      readonly stepId: string;
      readonly does: Misbehaviour;
    }
  | {
      readonly kind: "storage";
      readonly call: number;
      readonly times: number;
      readonly does: StorageFault;
    }
  | {
      readonly kind: "crash";
      readonly at: number;
      readonly isSeen: boolean;
      readonly skewMs: number;
    }
  | { readonly kind: "close"; readonly at: number }
  | { readonly kind: "jump"; readonly at: number; readonly byMs: number }
  | { readonly kind: "rival"; readonly at: number }
  | { readonly kind: "stall"; readonly at: number; readonly forMs: number; readonly skewMs: number }
  | {
      readonly kind: "control";
      readonly at: number | "busy";
      readonly run: number;
      readonly does: Control;
      readonly from: Asker;
    };

const MISBEHAVIOURS: readonly Misbehaviour[] = [
  ...([
    "error",
    "error",
    "throws",
    "slow",
    "slow",
    "hangs",
    "hangs",
    "deaf",
    "late",
    "late",
  ] as const),
  ...(["invalid", "unjson"] as const),
];
const STORAGE_FAULTS: readonly StorageFault[] = [
  ...([
    "busy",
    "busy",
    "busy",
    "busy",
    "full-before",
    "unusable-before",
    "unusable-after",
    "unreadable",
  ] as const),
  ...(["crash-before", "crash-before", "crash-after", "crash-after"] as const),
];
const CONTROLS: readonly Control[] = [
  "pause",
  "pause-and-resume",
  "pause-and-resume",
  "stop-agents",
  "checkpoint",
  "checkpoint",
  "restore",
  "cancel",
];
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
  "control",
  "close",
  "rival",
  "jump",
  "stall",
];

/** How many writing calls in a row find the database busy at most: one more than an engine is patient for. */
const MOST_BUSY_CALLS = 6;

/** Most faults of one seed, but for one that another needs. When they are spent, nothing goes wrong any more and every run has to end. */
const MOST_FAULTS = 8;

/** What goes wrong in a world: from nothing at all to `MOST_FAULTS`. */
export function planFaults(
  random: SeededRandom,
  workflows: readonly WorkflowDefinition[],
): Fault[] {
  const steps = workflows.reduce((sum, workflow) => sum + workflow.steps.length, 0);
  // A step makes about four things happen, and a writing call or two. What is later than the end does not come to pass.
  const lastAt = 8 + steps * 4;
  // A world in which only a few kinds of things go wrong comes to places where one with all kinds never does.
  const [kinds, misbehaviours] = [random.some(KINDS), random.some(MISBEHAVIOURS)];
  const [storageFaults, controls] = [random.some(STORAGE_FAULTS), random.some(CONTROLS)];
  const faults = Array.from({ length: random.between(0, MOST_FAULTS) }, (): Fault => {
    const run = random.between(0, workflows.length - 1);
    switch (random.pick(kinds)) {
      case "agent":
        return {
          kind: "agent",
          run,
          stepId: random.pick(workflows[run]?.steps ?? []).id,
          does: random.pick(misbehaviours),
        };
      case "storage":
        return storageFault(random, 4 + Math.ceil(steps * 1.5), storageFaults);
      case "crash":
        return crash(random, lastAt);
      case "close":
        return { kind: "close", at: random.between(1, lastAt) };
      case "rival":
        return { kind: "rival", at: random.between(1, lastAt) };
      case "jump":
        return {
          kind: "jump",
          at: random.between(1, lastAt),
          byMs: random.pick([500, 5000, 20_000, 3_600_000]),
        };
      case "stall":
        return {
          kind: "stall",
          at: random.between(1, lastAt),
          forMs: random.between(1000, 90_000),
          skewMs: random.between(-5000, 20_000),
        };
      case "control":
        return {
          kind: "control",
          at: random.chance(0.3) ? "busy" : random.between(1, lastAt),
          run,
          does: random.pick(controls),
          from: random.chance(0.7) ? "owner" : "elsewhere",
        };
    }
  }); // A wish for when the storage is busy is no fault as long as it never is.
  const isBusy = faults.some((fault) => fault.kind === "storage" && fault.does === "busy");
  const needsBusy = faults.some((fault) => fault.kind === "control" && fault.at === "busy");
  if (!needsBusy || isBusy) return faults;
  return [
    ...faults,
    {
      kind: "storage",
      call: random.between(2, 4 + steps),
      times: random.between(1, MOST_BUSY_CALLS),
      does: "busy",
    },
  ];
}

function storageFault(
  random: SeededRandom,
  lastCall: number,
  kinds: readonly StorageFault[],
): Fault {
  const does = random.pick(kinds);
  return {
    kind: "storage",
    call: random.between(1, lastCall),
    times: does === "busy" ? random.between(1, MOST_BUSY_CALLS) : 1,
    does,
  };
}

function crash(random: SeededRandom, lastAt: number): Fault {
  const isSeen = random.chance(0.8);
  // Where the death is not seen, the next process waits for the lease's end, by its own clock: that may not be minutes behind.
  const skewMs = isSeen
    ? random.pick([0, 0, 60_000, -300_000, 86_400_000])
    : random.between(-5000, 5000);
  return { kind: "crash", at: random.between(1, lastAt), isSeen, skewMs };
}

/** One fault as a line of a report. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "agent":
      return `agent of run ${fault.run + 1}, step ${fault.stepId}: ${fault.does}`;
    case "storage":
      return `storage at writing call ${fault.call}: ${fault.does}${fault.times > 1 ? `, ${fault.times} times` : ""}`;
    case "crash":
      return `crash at ${fault.at}${fault.isSeen ? "" : ", seen by nobody"}${fault.skewMs === 0 ? "" : `, and the wall clock is set by ${fault.skewMs} ms`}`;
    case "rival":
      return `another process looks for work at ${fault.at}`;
    case "close":
      return `a process closes its engine at ${fault.at}`;
    case "jump":
      return `everything sleeps for ${fault.byMs} ms at ${fault.at}`;
    case "stall":
      return `the process stands still for ${fault.forMs} ms at ${fault.at}; another looks for work`;
    case "control":
      return `${fault.does} run ${fault.run + 1} ${fault.at === "busy" ? "while the storage is busy" : `at ${fault.at}`}, from ${fault.from === "owner" ? "its owner" : "another process"}`;
  }
}
