import { WorkflowError } from "../errors.js";
import { isMissing, type TaskReference, whyMissing } from "./task-template.js";

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A value that a step's task takes from the run's inputs or context. It must be present when the
 * run starts.
 */
export interface OutsideReference {
  readonly stepId: string;
  readonly reference: TaskReference;
}

/** How many missing values a message lists. It only counts the rest. */
const MAX_NAMED = 10;

/**
 * Refuses a start whose inputs and context lack values that tasks need. Otherwise the run would
 * fail at that step, after the earlier steps had already incurred costs.
 *
 * @throws WorkflowError `invalid_input`, which lists the missing values and the steps that need
 * them
 */
export function checkOutsideReferences(
  references: readonly OutsideReference[],
  given: { readonly inputs: JsonObject; readonly context: JsonObject },
): void {
  const values = { ...given, results: () => undefined };
  const missing = references.filter(({ reference }) => isMissing(reference, values));
  const [first] = missing;
  if (first === undefined) return;
  const { source, name } = first.reference;
  const named = missing
    .slice(0, MAX_NAMED)
    .map(({ stepId, reference }) => `step \`${stepId}\`: ${whyMissing(reference, values)}`);
  const more = missing.length > named.length ? `; and ${missing.length - named.length} more` : "";
  throw new WorkflowError(
    "invalid_input",
    `The ${source} lack${source === "context" ? "s" : ""} values that tasks use: ` +
      `${named.join("; ")}${more}.`,
    {
      remedy:
        `Pass \`${name}\` in the run's ${source}, or define it under \`${source}\` in the ` +
        "workflow.",
      suggestion: { action: source === "context" ? "give_context" : "give_inputs" },
    },
  );
}
