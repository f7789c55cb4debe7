/** One thing that may happen next in a world. Of one shape, so that lists of them are cheap. */
export interface Choice {
  readonly kind: ChoiceKind;
  /** The position of the step it is about; -1 when it is about none. */
  readonly step: number;
  readonly attempt: number;
  /** More about it: ms of time, which answer, which checkpoint. */
  readonly more: number;
}

export type ChoiceKind =
  | "answer"
  | "fault"
  | "stray"
  | "request"
  | "timer"
  | "commit"
  | "tell"
  | "written"
  | "boot"
  | "crash"
  | "pass"
  | "jump"
  | "pause"
  | "resume"
  | "cancel"
  | "checkpoint"
  | "restore";

export const choose = (kind: ChoiceKind, step = -1, attempt = 0, more = 0): Choice => ({
  kind,
  step,
  attempt,
  more,
});

export const isSame = (a: Choice, b: Choice): boolean =>
  a.kind === b.kind && a.step === b.step && a.attempt === b.attempt && a.more === b.more;

/** Where a restore goes back to, other than a checkpoint that was written. */
export const BEGINNING = -1;
export const RIGHT_NOW = -2;

/** What someone asks for out of turn, other than to start the steps of which `more` holds the bits. */
export const BATCH_DONE = -1;
export const ALL_DONE = -2;

/** Which failure a fault is, by the choice's `more`. */
export const faultReasons = ["error", "invalid"] as const;

/** The steps whose bits are set. */
export const stepsIn = (bits: number, stepIds: readonly string[]): string[] =>
  stepIds.filter((_, index) => (bits >> index) & 1);

function describeRequest(more: number, stepIds: readonly string[]): string {
  if (more === BATCH_DONE) return "the batch is completed";
  return more === ALL_DONE
    ? "all steps are completed"
    : `${stepsIn(more, stepIds).join(" and ")} shall start`;
}

export function describeChoice(
  { kind, step, attempt, more }: Choice,
  stepIds: readonly string[],
): string {
  const who = `attempt ${attempt} of ${stepIds[step] ?? "?"}`;
  switch (kind) {
    case "answer":
      return `${who} ends`;
    case "fault":
      return `${who} fails: ${faultReasons[more]}`;
    case "stray":
      return `a stray ${more === 0 ? "result" : "failure"} arrives for ${who}`;
    case "request":
      return `someone says that ${describeRequest(more, stepIds)}`;
    case "timer":
      return "time passes to the next timer, which fires";
    case "commit":
      return "the turn is written";
    case "tell":
      return "what the machine told itself is delivered";
    case "written":
      return "the checkpoint is written";
    case "boot":
      return "a new process takes the run up";
    case "crash":
      return "the process dies";
    case "pass":
      return `${more} ms pass`;
    case "jump":
      return `the wall clock jumps by ${more} ms`;
    case "restore":
      return more === BEGINNING
        ? "someone restores the beginning"
        : more === RIGHT_NOW
          ? "someone restores this very moment"
          : `someone restores checkpoint ${more + 1}`;
    default:
      return `someone asks for ${kind}`;
  }
}
