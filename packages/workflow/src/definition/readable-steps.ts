/** The readable parts of a step that may be invalid otherwise. */
export interface ReadableStep {
  /** The position in the list of steps as written. */
  readonly index: number;
  readonly id: string | undefined;
  readonly dependencies: readonly { readonly id: string; readonly index: number }[];
  readonly task: string | undefined;
  /** Whether the run continues if the step fails. */
  readonly isTolerant: boolean;
}

/**
 * Returns the readable steps of a definition that may be invalid otherwise, so that all issues are
 * reported together.
 */
export function readableSteps(workflow: unknown): ReadableStep[] {
  const steps = ownValue(workflow, "steps");
  if (!Array.isArray(steps)) return [];
  return steps.map((step: unknown, index) => {
    const id = ownValue(step, "id");
    const task = ownValue(step, "task");
    const dependencies = ownValue(step, "dependencies");
    const list: readonly unknown[] = Array.isArray(dependencies) ? dependencies : [];
    return {
      index,
      id: typeof id === "string" && id !== "" ? id : undefined,
      task: typeof task === "string" ? task : undefined,
      isTolerant: ownValue(step, "continueOnError") === true,
      dependencies: list.flatMap((dependency, at) =>
        typeof dependency === "string" ? [{ id: dependency, index: at }] : [],
      ),
    };
  });
}

/** Returns the value of an own key, if `value` is a map that has the key. */
export function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
