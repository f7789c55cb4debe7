import type { MachineSnapshot, StepSnapshot } from "../core/workflow-state-machine.js";

/** The format of a checkpoint's payload; another one is passed over, and the journal is read instead. */
const CHECKPOINT_FORMAT = 1;

/** Most steps complete at their first attempt. So written they take a third of the room, and of the time to read them. */
type PlainStep = readonly [id: string, startedAt: number, finishedAt: number];

interface WrittenSnapshot extends Omit<MachineSnapshot, "steps"> {
  readonly steps: readonly (StepSnapshot | PlainStep)[];
}

interface Payload {
  readonly format: number;
  readonly snapshot: WrittenSnapshot;
}

/**
 * The JSON text that a checkpoint keeps: the machine as it was, or the difference to the parent checkpoint. A completed
 * step's result is left out where the journal has it under the same attempt.
 */
export function writePayload(snapshot: MachineSnapshot): string {
  const payload: Payload = {
    format: CHECKPOINT_FORMAT,
    snapshot: { ...snapshot, steps: snapshot.steps.map(writeStep) },
  };
  return JSON.stringify(payload);
}

/** The snapshot that a payload keeps; of a payload in another format its number. */
export function readPayload(text: string): MachineSnapshot | number {
  const { format, snapshot } = JSON.parse(text) as Payload;
  return format === CHECKPOINT_FORMAT
    ? { ...snapshot, steps: snapshot.steps.map(readStep) }
    : format;
}

function writeStep(step: StepSnapshot): StepSnapshot | PlainStep {
  const { id, status, attemptNumber, failureCount, startedAt, finishedAt, ...rest } = step;
  const isPlain = status === "completed" && attemptNumber === 1 && failureCount === 0;
  if (!isPlain || startedAt === undefined || finishedAt === undefined) return step;
  return Object.values(rest).every((value) => value === undefined)
    ? [id, startedAt, finishedAt]
    : step;
}

function readStep(written: StepSnapshot | PlainStep): StepSnapshot {
  if (!isPlainStep(written)) return written;
  const [id, startedAt, finishedAt] = written;
  // With a place for the result, which is looked for in the journal.
  return {
    id,
    status: "completed",
    attemptNumber: 1,
    failureCount: 0,
    startedAt,
    finishedAt,
    result: undefined,
  };
}

function isPlainStep(written: StepSnapshot | PlainStep): written is PlainStep {
  return Array.isArray(written);
}
