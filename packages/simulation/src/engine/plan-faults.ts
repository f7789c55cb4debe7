import type { WorkflowDefinition } from "@automatosx/schemas";
import type { SeededRandom } from "../SeededRandom.js";
import type { Command, Fault, Misbehaviour, StorageFault } from "./Fault.js";
import { templatesOf } from "./templates-of.js";

// An entry that is repeated in a list below is picked more often.

const MISBEHAVIOURS: readonly Misbehaviour[] = [
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
  "invalid",
  "unjson",
  "misfit",
];
const STORAGE_FAULTS: readonly StorageFault[] = [
  "busy",
  "busy",
  "busy",
  "busy",
  "full-before",
  "unusable-before",
  "unusable-after",
  "unreadable",
  "crash-before",
  "crash-before",
  "crash-after",
  "crash-after",
];
const COMMANDS: readonly Command[] = [
  "pause",
  "pause-and-resume",
  "pause-and-resume",
  "stop-agents",
  "checkpoint",
  "checkpoint",
  "restore",
  "cancel",
];
/** Of workflows that may be changed. */
const ALL_COMMANDS: readonly Command[] = [...COMMANDS, "edit", "reopen", "amend"];
const KINDS: readonly Fault["kind"][] = [
  "agent",
  "agent",
  "agent",
  "storage",
  "storage",
  "crash",
  "crash",
  "command",
  "command",
  "command",
  "close",
  "rival",
  "sleep",
  "freeze",
];

/**
 * Maximum number of consecutive writes that find the database busy: one more than an engine
 * tolerates.
 */
const MAX_BUSY_CALLS = 6;

/**
 * Maximum number of faults per seed, not counting a fault that another one requires. After them, no
 * more faults occur, and every run must end.
 */
const MAX_FAULTS = 8;

/** The kinds of faults that occur in one world. */
interface FaultKinds {
  readonly kinds: readonly Fault["kind"][];
  readonly misbehaviours: readonly Misbehaviour[];
  readonly storageFaults: readonly StorageFault[];
  readonly commands: readonly Command[];
}

/** Plans the faults of a world: from none to `MAX_FAULTS`. */
export function planFaults(
  random: SeededRandom,
  workflows: readonly WorkflowDefinition[],
  { mayChange = false }: { readonly mayChange?: boolean } = {},
): Fault[] {
  const stepCount = workflows.reduce((sum, { steps }) => sum + templatesOf(steps).length, 0);
  // A world with few kinds of faults reaches states that a world with all kinds never does.
  const kinds: FaultKinds = {
    kinds: random.some(KINDS),
    misbehaviours: random.some(MISBEHAVIOURS),
    storageFaults: random.some(STORAGE_FAULTS),
    commands: random.some(mayChange ? ALL_COMMANDS : COMMANDS),
  };
  const faults = Array.from({ length: random.between(0, MAX_FAULTS) }, () =>
    planFault(random, workflows, stepCount, kinds),
  );
  // A command planned for a busy storage requires the storage to be busy at least once.
  const isBusy = faults.some((fault) => fault.kind === "storage" && fault.does === "busy");
  const needsBusy = faults.some((fault) => fault.kind === "command" && fault.at === "busy");
  if (!needsBusy || isBusy) return faults;
  return [
    ...faults,
    {
      kind: "storage",
      call: random.between(2, 4 + stepCount),
      times: random.between(1, MAX_BUSY_CALLS),
      does: "busy",
    },
  ];
}

function planFault(
  random: SeededRandom,
  workflows: readonly WorkflowDefinition[],
  stepCount: number,
  { kinds, misbehaviours, storageFaults, commands }: FaultKinds,
): Fault {
  const run = random.between(0, workflows.length - 1);
  // A step causes about four actions and one or two writes. Faults planned for after the runs have
  // ended do not happen.
  const lastAt = 8 + stepCount * 4;
  const performed = templatesOf(workflows[run]?.steps ?? []);
  const kind = random.pick(kinds);
  // A workflow may have nothing but questions.
  switch (kind === "agent" && performed.length === 0 ? "crash" : kind) {
    case "agent": {
      const step = random.pick(performed);
      const does = random.pick(misbehaviours);
      const isOpen = step.output === undefined;
      // Any answer fits a step without a schema.
      return {
        kind: "agent",
        run,
        stepId: step.id,
        does: does === "misfit" && isOpen ? "slow" : does,
      };
    }
    case "storage":
      return storageFault(random, 4 + Math.ceil(stepCount * 1.5), storageFaults);
    case "crash":
      return crash(random, lastAt);
    case "close":
      return { kind: "close", at: random.between(1, lastAt) };
    case "rival":
      return { kind: "rival", at: random.between(1, lastAt) };
    case "sleep":
      return {
        kind: "sleep",
        at: random.between(1, lastAt),
        forMs: random.pick([500, 5000, 20_000, 3_600_000]),
      };
    case "freeze":
      return {
        kind: "freeze",
        at: random.between(1, lastAt),
        forMs: random.between(1000, 90_000),
        skewMs: random.between(-5000, 20_000),
      };
    case "command":
      return {
        kind: "command",
        at: random.chance(0.3) ? "busy" : random.between(1, lastAt),
        run,
        does: random.pick(commands),
        from: random.chance(0.7) ? "owner" : "elsewhere",
      };
  }
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
    times: does === "busy" ? random.between(1, MAX_BUSY_CALLS) : 1,
    does,
  };
}

function crash(random: SeededRandom, lastAt: number): Fault {
  const isSeen = random.chance(0.8);
  // If the death goes unnoticed, the next process waits until the lease expires by its own clock,
  // so that clock must not be minutes slow.
  const skewMs = isSeen
    ? random.pick([0, 0, 60_000, -300_000, 86_400_000])
    : random.between(-5000, 5000);
  return { kind: "crash", at: random.between(1, lastAt), isSeen, skewMs };
}
