/**
 * Something that may happen next in a world. All choices have the same shape, so lists of them are
 * cheap.
 */
export interface Choice {
  readonly kind: ChoiceKind;
  /** The index of the step concerned; -1 if the choice does not concern a step. */
  readonly step: number;
  readonly attempt: number;
  /** A number whose meaning depends on the kind: milliseconds, an answer, a checkpoint. */
  readonly detail: number;
}

export type ChoiceKind =
  | "answer"
  | "fault"
  | "stray"
  | "request"
  | "timer"
  | "commit"
  | "deliver"
  | "write"
  | "claim"
  | "crash"
  | "delay"
  | "jump"
  | "pause"
  | "resume"
  | "cancel"
  | "checkpoint"
  | "restore"
  | "gate"
  | "signal"
  | "resolve"
  | "raise"
  | "edit"
  | "reopen"
  | "amend";

export const choose = (kind: ChoiceKind, step = -1, attempt = 0, detail = 0): Choice => ({
  kind,
  step,
  attempt,
  detail,
});

export const isSameChoice = (a: Choice, b: Choice): boolean =>
  a.kind === b.kind && a.step === b.step && a.attempt === b.attempt && a.detail === b.detail;

/** The `detail` of a restore that targets the present moment instead of a written checkpoint. */
export const BEGINNING = -1;
export const RIGHT_NOW = -2;

/** The `detail` of a request. Any other request starts the steps whose bits are set in `detail`. */
export const BATCH_DONE = -1;
export const ALL_DONE = -2;

/** The `detail` of what a person or another program says; 0 is what the step waits for. */
export const REJECT = 1;
export const NOT_DONE = 1;
/** Values that do not fit the form. */
export const MISFIT = 2;
/** A signal that nothing need wait for. */
export const EARLY = 1;
/** The same again, although it has counted before. */
export const AGAIN = 3;

/** An approval with another result of the step that the gate shows. */
export const EDIT = 4;
/** Also what depends on the step is performed again. */
export const DOWNSTREAM = 1;

/** True for what is said at the wrong time, or in the wrong form. */
export const isStray = ({ kind, detail }: Choice): boolean =>
  (kind === "gate" && (detail === MISFIT || detail === AGAIN)) ||
  (kind === "signal" && detail !== 0);

/**
 * The reason of a fault, indexed by its `detail`. Only the first two are faults of plain steps.
 */
export const faultReasons = [
  "error",
  "invalid",
  "transient",
  "refused",
  "rate_limit",
  "unknown",
  "invalid_output",
] as const;
export const PLAIN_FAULTS = 2;

/** The steps whose bits are set. */
export const stepsIn = (bits: number, stepIds: readonly string[]): string[] =>
  stepIds.filter((_, index) => (bits >> index) & 1);

function describeRequest(detail: number, stepIds: readonly string[]): string {
  if (detail === BATCH_DONE) return "the batch is reported as completed";
  return detail === ALL_DONE
    ? "all steps are reported as completed"
    : `a start of ${stepsIn(detail, stepIds).join(" and ")} is requested`;
}

function describeRestore(detail: number): string {
  if (detail === BEGINNING) return "the beginning";
  return detail === RIGHT_NOW ? "the present moment" : `checkpoint ${detail + 1}`;
}

const answers = [
  "approved",
  "rejected",
  "answered with a misfit",
  "answered again",
  "approved with edits",
];
const signals = ["", "at any time", "with data that do not fit", "again"];

export function describeChoice(
  { kind, step, attempt, detail }: Choice,
  stepIds: readonly string[],
): string {
  const subject = `attempt ${attempt} of ${stepIds[step] ?? "?"}`;
  switch (kind) {
    case "answer":
      return `${subject} ends`;
    case "fault":
      return `${subject} fails: ${faultReasons[detail]}`;
    case "stray":
      return `a stray ${detail === 0 ? "result" : "failure"} arrives for ${subject}`;
    case "request":
      return describeRequest(detail, stepIds);
    case "timer":
      return "time passes until the next timer fires";
    case "commit":
      return "the turn is written";
    case "deliver":
      return "an event that the machine sent to itself is delivered";
    case "write":
      return "the checkpoint is written";
    case "claim":
      return "a new process claims the run";
    case "crash":
      return "the process dies";
    case "delay":
      return `${detail} ms pass`;
    case "jump":
      return `the wall clock jumps by ${detail} ms`;
    case "gate":
      return `the question of ${subject} is ${answers[detail] ?? "answered"}`;
    case "signal":
      return `the signal of ${stepIds[step] ?? "?"} comes ${signals[detail] ?? ""}`.trim();
    case "resolve":
      return `${subject} is said to be ${detail === NOT_DONE ? "not done" : "done"}`;
    case "raise":
      return "the budget is raised";
    case "edit":
      return `the result of ${subject} is edited${detail === MISFIT ? " with a misfit" : ""}`;
    case "reopen":
      return (
        `${stepIds[step] ?? "?"} is reopened` +
        (detail === DOWNSTREAM ? ", with all behind it" : "")
      );
    case "amend":
      return `the workflow is changed to its variant ${detail}`;
    case "restore":
      return `a restore of ${describeRestore(detail)} is requested`;
    default:
      return `${kind} is requested`;
  }
}
