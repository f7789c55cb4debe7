import type { PreviewEntry, StepInfo } from "@automatosx/rescript-core";
import type { RunView } from "../RunView.js";
import { innerPath, placeOf } from "../step-path.js";
import { cleanLine } from "../text/clean-text.js";
import { changesText } from "./changes.js";
import { shortError } from "./reason.js";

type Verdict = PreviewEntry["verdict"];

/** The verdicts, in the order in which they are counted. */
const VERDICTS = ["kept", "stale", "new", "again", "dropped"] as const;

const WORDS: Readonly<Record<Verdict, string>> = {
  kept: "kept",
  stale: "stale",
  new: "new",
  again: "to perform",
  dropped: "dropped",
};

/** What happens to each step when a run goes back, and why. */
export class RerunPlan {
  /** The steps with their verdicts, in the order in which the run shows them; new ones last. */
  readonly steps: readonly PreviewEntry[];
  readonly #before: ReadonlyMap<string, StepInfo>;
  readonly #known: ReadonlySet<string>;
  readonly #remaining: ReadonlySet<string>;
  /** The steps that are skipped now. */
  readonly #skipped: ReadonlySet<string>;
  /** The steps without a result, and the steps that contain one. */
  readonly #pending: ReadonlySet<string>;

  /**
   * `view`: the run before it goes back. `reopened`: steps to perform again even if their requests
   * are the same.
   */
  constructor(
    previews: readonly PreviewEntry[],
    view: Pick<RunView, "steps">,
    reopened: readonly string[] = [],
  ) {
    const before = view.steps();
    this.#before = new Map(before.map((step) => [step.id, step]));
    const again = new Set(reopened);
    const steps = previews.map(
      (step): PreviewEntry => (again.has(step.stepId) ? { ...step, verdict: "again" } : step),
    );
    // In the order in which the run shows its steps; new ones come last.
    const order = new Map(before.map(({ id }, index) => [id, index]));
    const placeIn = ({ stepId }: PreviewEntry): number => order.get(stepId) ?? before.length;
    this.steps = steps.sort((a, b) => placeIn(a) - placeIn(b));
    this.#known = withOwners(steps);
    this.#remaining = withOwners(steps.filter(({ verdict }) => verdict !== "dropped"));
    const isSkipped = ({ because }: PreviewEntry): boolean => because?.status === "skipped";
    this.#skipped = new Set(steps.filter(isSkipped).map(({ stepId }) => stepId));
    this.#pending = withOwners(steps.filter((step) => step.verdict !== "kept" && !isSkipped(step)));
  }

  /** How many steps have each verdict. */
  counts(): Readonly<Record<Verdict, number>> {
    const counts = { kept: 0, stale: 0, new: 0, again: 0, dropped: 0 };
    for (const { verdict } of this.steps) counts[verdict] += 1;
    return counts;
  }

  /** The steps that are or may be performed: those without a valid result. */
  performed(): readonly string[] {
    return this.steps
      .filter(({ verdict }) => verdict !== "kept" && verdict !== "dropped")
      .map(({ stepId }) => stepId);
  }

  /** The steps whose attempts in flight are stopped. */
  stopped(): readonly string[] {
    return this.steps
      .filter(
        ({ stepId, verdict }) =>
          verdict !== "kept" && this.#before.get(stepId)?.status === "running",
      )
      .map(({ stepId }) => stepId);
  }

  /** Whether every step keeps what it has. */
  get changesNothing(): boolean {
    return this.steps.every(({ verdict }) => verdict === "kept" || verdict === "again");
  }

  /** `3 kept, 1 stale, 1 new`. */
  tally(): string {
    const counts = this.counts();
    const parts = VERDICTS.filter((verdict) => counts[verdict] > 0).map(
      (verdict) => `${counts[verdict]} ${WORDS[verdict]}`,
    );
    return parts.length === 0 ? "no steps" : parts.join(", ");
  }

  /** Why a step has its verdict; empty if there is nothing to say. */
  reason({ stepId, verdict, changed, because }: PreviewEntry): string {
    const before = this.#before.get(stepId)?.status;
    const isRunning = before === "running";
    switch (verdict) {
      case "kept":
        if (because?.status === "skipped" && before !== "skipped") return SKIPPED;
        return before === "completed" || before === undefined ? "" : stillWords(before);
      case "stale": {
        const why = changesText(changed, {
          isPending: (name) => this.#isPending(name, stepId),
          isSkipped: (name) => this.#skipped.has(this.#pathOf(name, stepId) ?? ""),
        });
        return isRunning ? `its attempt is stopped: ${why}` : why;
      }
      case "dropped": {
        const why = because === undefined ? this.#whyDropped(stepId) : becauseText(because, stepId);
        return isRunning ? `its attempt is stopped: ${why}` : why;
      }
      case "new":
        return "";
      case "again":
        return before === "completed"
          ? ""
          : before === "failed"
            ? "it failed"
            : "not performed yet";
    }
  }

  #whyDropped(stepId: string): string {
    return this.#isDeferred(stepId)
      ? "steps are performed again before it"
      : `the ${this.#isItem(stepId) ? "list" : "file"} no longer has it`;
  }

  // Whether a step is one of a handler, which does not exist again until the steps have ended.
  #isDeferred(stepId: string): boolean {
    return isOfHandler(stepId) && this.performed().some((id) => !isOfHandler(id));
  }

  // Whether a step is inside an item of a fan-out that is still there.
  #isItem(stepId: string): boolean {
    const at = stepId.indexOf("[");
    return at >= 0 && this.#remaining.has(stepId.slice(0, at));
  }

  // The result of a step that is performed again is not known yet. A dependency is named by its id,
  // which means the step in the list of its dependent, or in one around it.
  #isPending(name: string, dependent: string): boolean {
    return this.#pending.has(this.#pathOf(name, dependent) ?? "");
  }

  #pathOf(name: string, dependent: string): string | undefined {
    for (let { owner } = placeOf(dependent); ; owner = placeOf(owner).owner) {
      const path = owner === undefined ? name : innerPath(owner, name);
      if (this.#known.has(path)) return path;
      if (owner === undefined) return undefined;
    }
  }
}

/** The paths of these steps, and of everything that they are in. */
function withOwners(steps: readonly PreviewEntry[]): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { stepId } of steps)
    for (
      let path: string | undefined = stepId;
      path !== undefined && !paths.has(path);
      path = placeOf(path).owner
    )
      paths.add(path);
  return paths;
}

const SKIPPED = "it is skipped now";

function becauseText(
  { stepId, status, error }: NonNullable<PreviewEntry["because"]>,
  dropped: string,
): string {
  if (stepId === dropped) return SKIPPED;
  const why = error === undefined ? "" : `: ${shortError(error)}`;
  return status === "failed"
    ? `${cleanLine(stepId)} fails${why}`
    : `${cleanLine(stepId)} is ${status}`;
}

function isOfHandler(stepId: string): boolean {
  return stepId.startsWith(":");
}

function stillWords(status: StepInfo["status"]): string {
  switch (status) {
    case "running":
      return "its attempt continues";
    case "open":
      return "it stays open";
    case "failed":
      return "its failure is kept";
    default:
      return `it stays ${status}`;
  }
}
