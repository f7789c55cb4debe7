import { RunQueries, type WorkflowMachine } from "@automatosx/rescript-core";
import { placeOf, type RunView, type StepInfo } from "@automatosx/run-view";

/** The steps that are directly inside one path; `undefined` names the workflow itself. */
export type Inner = ReadonlyMap<string | undefined, readonly string[]>;

/** A complete reading of the steps may take at most this share of the time. */
const LARGEST_SHARE = 0.1;

/**
 * The steps of a run by their paths. An update costs as much as has changed, unless steps were
 * added; then all are read again, but not so often that it takes most of the time.
 */
export class StepTable {
  readonly #clock: () => number;
  #machine: WorkflowMachine | undefined;
  #seq = -1;
  #rerunCount = 0;
  #steps = new Map<string, StepInfo>();
  #inner: Inner = new Map();
  #order: readonly string[] = [];
  #structure = 0;
  #nextReadAt = Number.NEGATIVE_INFINITY;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Changes when steps were added or removed. */
  get structure(): number {
    return this.#structure;
  }

  /** The paths of all steps, in the order of the definition. */
  get order(): readonly string[] {
    return this.#order;
  }

  /** What is directly inside each path. */
  get inner(): Inner {
    return this.#inner;
  }

  get(path: string): StepInfo | undefined {
    return this.#steps.get(path);
  }

  /**
   * Reads what has changed. Returns in how many ms it must be called again because new steps could
   * not be read yet; 0 if everything was read.
   */
  update(view: RunView): number {
    const { machine } = view;
    const before = this.#machine;
    if (machine === before) return 0;
    const isLater = view.seq >= this.#seq && view.reruns().length === this.#rerunCount;
    if (before === undefined || !isLater || this.#steps.size === 0) return this.#readAll(view);
    const changed = RunQueries.changedSteps(machine, before);
    if (changed.some(({ id }) => !this.#steps.has(id))) {
      const waitMs = this.#nextReadAt - this.#clock();
      return waitMs <= 0 ? this.#readAll(view) : waitMs;
    }
    for (const { id } of changed) {
      const step = view.step(id);
      if (step !== undefined) this.#steps.set(id, step);
    }
    this.#note(view);
    return 0;
  }

  #readAll(view: RunView): number {
    const began = this.#clock();
    const [steps, inner] = [new Map<string, StepInfo>(), new Map<string | undefined, string[]>()];
    for (const step of view.steps()) {
      steps.set(step.id, step);
      const { owner } = placeOf(step.id);
      const paths = inner.get(owner);
      if (paths === undefined) inner.set(owner, [step.id]);
      else paths.push(step.id);
    }
    this.#steps = steps;
    this.#inner = inner;
    this.#order = [...steps.keys()];
    this.#structure += 1;
    this.#note(view);
    const ended = this.#clock();
    this.#nextReadAt = ended + (ended - began) / LARGEST_SHARE;
    return 0;
  }

  #note(view: RunView): void {
    this.#machine = view.machine;
    this.#seq = view.seq;
    this.#rerunCount = view.reruns().length;
  }
}
