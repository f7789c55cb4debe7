import type { StepInfo } from "@automatosx/rescript-core";
import { editableStep } from "../editable-step.js";
import type { Rerun } from "../RerunHistory.js";
import type { RunView } from "../RunView.js";
import { cleanLine } from "../text/clean-text.js";
import { changesText } from "./changes.js";
import { instant } from "./duration.js";
import { shortId } from "./short-id.js";

/** The statuses of a step that has no result yet. */
const UNFINISHED: ReadonlySet<string> = new Set(["pending", "ready", "waiting", "running", "open"]);

/** What going back has done to the steps of a run: which results were kept, edited or changed. */
export class RerunMarks {
  readonly #last: Rerun | undefined;
  readonly #wasRestored: boolean;
  /** The newest edit of each step, by path. */
  readonly #edits: ReadonlyMap<string, Rerun>;

  constructor(view: Pick<RunView, "reruns" | "step" | "wasRestored">) {
    const reruns = view.reruns();
    this.#last = reruns.at(-1);
    this.#wasRestored = view.wasRestored;
    this.#edits = new Map(reruns.flatMap((rerun) => editOf(rerun, view)));
  }

  /**
   * The mark of a step: `(kept)`, `(edited by ann at …)`, `(changed: its task)`; undefined for
   * most.
   */
  markOf(step: StepInfo): string | undefined {
    const { status, detail = {} } = step;
    const { reused, changed = [] } = detail;
    if (status === "completed") {
      if (reused !== undefined) return `(from run ${shortId(reused.runId)})`;
      const edit = this.editOf(step);
      if (edit !== undefined) return `(edited${byWhom(edit)} at ${instant(edit.at)})`;
      return this.isKept(step) || this.isForked(step) ? "(kept)" : undefined;
    }
    if (!UNFINISHED.has(status) || changed.length === 0) return undefined;
    return `(${changesText(changed)})`;
  }

  /** Whether a step has kept its result although the run has gone back since. */
  isKept({ status, kind, finishedAt, attemptNumber }: StepInfo): boolean {
    return (
      this.#last !== undefined &&
      status === "completed" &&
      kind === undefined &&
      attemptNumber > 0 &&
      finishedAt !== undefined &&
      finishedAt < this.#last.at
    );
  }

  /** Whether a step has the result of the run that this one was forked from. */
  isForked({ status, kind, attemptNumber, stop }: StepInfo): boolean {
    return (
      this.#wasRestored &&
      status === "completed" &&
      kind === undefined &&
      attemptNumber === 0 &&
      stop === undefined
    );
  }

  /** The edit that gave a step its result; undefined if its own attempt did. */
  editOf({ id, status, attemptNumber }: StepInfo): Rerun | undefined {
    const edit = status === "completed" ? this.#edits.get(id) : undefined;
    return (edit?.attemptNumber ?? attemptNumber) === attemptNumber ? edit : undefined;
  }

  /** The entry with which the run went back last. */
  get last(): Rerun | undefined {
    return this.#last;
  }
}

function editOf(rerun: Rerun, view: Pick<RunView, "step">): [string, Rerun][] {
  const { type, stepId } = rerun;
  if (stepId === undefined) return [];
  if (type === "result_edited") return [[stepId, rerun]];
  if (type !== "gate_answered") return [];
  const { editable } = view.step(stepId)?.gate ?? {};
  const source = editable === undefined ? undefined : editableStep(view, { stepId, editable });
  if (source === undefined) return [];
  // The attempt in the entry is the one of the gate.
  const { attemptNumber: _gate, ...edit } = rerun;
  return [[source.id, { ...edit, attemptNumber: source.attemptNumber }]];
}

const WHAT: Readonly<Record<Rerun["type"], string>> = {
  result_edited: "a result was edited",
  gate_answered: "a result was edited",
  steps_reopened: "steps were reopened",
  definition_changed: "the run was amended",
};

function byWhom({ by }: { readonly by?: string | undefined }): string {
  return by === undefined ? "" : ` by ${cleanLine(by)}`;
}

/** What happened when the run went back: `the run was amended by ann at …`. */
export function describeRerun({ type, at, by }: Rerun): string {
  return `${WHAT[type]}${byWhom({ by })} at ${instant(at)}`;
}
