import type { RunEvent } from "@automatosx/schemas";
import type { PreparedWorkflow } from "@automatosx/workflow";
import { type Point, pointsOf, reachedBy } from "./points.js";

type Definition = PreparedWorkflow["definition"];

/** What the cases of a suite have reached in one workflow file. */
export interface FileCoverage {
  /** The absolute path of the workflow file. */
  readonly workflow: string;
  readonly pointCount: number;
  readonly missed: readonly Point[];
}

/** Records what the cases of a suite reach. */
export class Coverage {
  readonly #points = new Map<string, Map<string, Point>>();
  readonly #reached = new Map<string, Set<string>>();

  /** Adds the run of a case. `workflow`: the path of its file. */
  add(workflow: string, definition: Definition, events: Iterable<RunEvent>): void {
    const points = this.#points.get(workflow) ?? new Map<string, Point>();
    for (const point of pointsOf(definition)) points.set(keyOf(point), point);
    this.#points.set(workflow, points);
    const reached = this.#reached.get(workflow) ?? new Set<string>();
    for (const point of reachedBy(definition, events)) reached.add(keyOf(point));
    this.#reached.set(workflow, reached);
  }

  /** Returns what was reached, a file at a time. */
  files(): FileCoverage[] {
    return [...this.#points].map(([workflow, points]) => {
      const reached = this.#reached.get(workflow);
      const missed = [...points.values()].filter((point) => reached?.has(keyOf(point)) !== true);
      return { workflow, pointCount: points.size, missed };
    });
  }
}

function keyOf({ step, kind }: Point): string {
  return `${step} ${kind}`;
}
