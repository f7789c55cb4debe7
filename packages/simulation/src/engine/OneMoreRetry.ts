import { MAX_RETRIES, type StepDefinition } from "@automatosx/schemas";
import type { EngineWorldOptions } from "./EngineWorld.js";
import { runEngineSeed, type SeedReport } from "./run-seed.js";
import { templatesOf } from "./templates-of.js";
import type { SimulatedWorkflow } from "./workflows.js";

/**
 * Repeats worlds with one more retry for a step. A world in which the step does not run out of
 * retries is the same with more of them, so only the others are repeated.
 */
export class OneMoreRetry {
  readonly #workflow: SimulatedWorkflow;
  readonly #variants = new Map<string, SimulatedWorkflow>();
  readonly #gains: Map<string, number>;

  constructor(workflow: SimulatedWorkflow) {
    this.#workflow = workflow;
    const { steps } = workflow.prepared.definition;
    this.#gains = new Map(
      templatesOf(steps)
        .filter(({ retries }) => retries < MAX_RETRIES)
        .map(({ id }) => [id, 0]),
    );
  }

  /** How many more runs complete, by step; absent for a step that has the most retries. */
  get gains(): ReadonlyMap<string, number> {
    return this.#gains;
  }

  /**
   * Repeats the world of a report, once for each step that ran out of retries in it. Returns false,
   * and counts nothing, if a repetition was stopped.
   */
  async repeat(report: SeedReport, options: EngineWorldOptions): Promise<boolean> {
    const more: (readonly [id: string, gain: number])[] = [];
    for (const [id, gain] of this.#gains) {
      if ((report.steps[id]?.failedRunCount ?? 0) === 0) continue;
      const repeated = await runEngineSeed({ ...options, workflow: this.#variant(id) });
      if (repeated.wasStopped) return false;
      more.push([id, gain + completed(repeated) - completed(report)]);
    }
    for (const [id, gain] of more) this.#gains.set(id, gain);
    return true;
  }

  #variant(id: string): SimulatedWorkflow {
    const known = this.#variants.get(id);
    if (known !== undefined) return known;
    const { prepared } = this.#workflow;
    const { definition } = prepared;
    const steps = withOneMore(definition.steps, id);
    // A normalised definition cannot be prepared again: it is not written as a file is.
    const { source, format, path, warnings, graph, references, children } = prepared;
    const parts = { source, format, path, warnings, graph, references, children };
    const variant: SimulatedWorkflow["prepared"] = Reflect.construct(
      prepared.constructor as never,
      [{ ...parts, definition: { ...definition, steps } }],
    );
    const workflow = { ...this.#workflow, prepared: variant };
    this.#variants.set(id, workflow);
    return workflow;
  }
}

/** The same steps, with one more retry for one of them. */
const withOneMore = (steps: readonly StepDefinition[], id: string): StepDefinition[] =>
  steps.map((step) => {
    if (step.id === id) return { ...step, retries: step.retries + 1 };
    return step.steps === undefined ? step : { ...step, steps: withOneMore(step.steps, id) };
  });

function completed({ endings }: SeedReport): number {
  return endings.filter((ending) => ending === "completed").length;
}
