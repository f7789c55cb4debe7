import { WorkflowError } from "../errors.js";
import { type TaskReference, whyMissing } from "./task-template.js";

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What a step's task takes from the run's inputs or context: known when the run starts, or never.
 */
export interface OutsideReference {
  readonly stepId: string;
  readonly reference: TaskReference;
}

/** Missing values that a message names. It counts the rest. */
const MAX_NAMED = 10;

/**
 * Refuses a start whose inputs and context lack what tasks take from them: the run would fail at
 * that step, and the steps before it would have been paid for.
 *
 * @throws WorkflowError `invalid_input`, which names the missing values and the steps.
 */
export function checkOutsideReferences(
  references: readonly OutsideReference[],
  given: { readonly inputs: JsonObject; readonly context: JsonObject },
): void {
  const values = { ...given, results: () => undefined };
  const missing = references.flatMap(({ stepId, reference }) => {
    const why = whyMissing(reference, values);
    return why === undefined ? [] : [{ reference, problem: `step \`${stepId}\` needs it: ${why}` }];
  });
  const [first] = missing;
  if (first === undefined) return;
  const { source, name } = first.reference;
  const named = missing.slice(0, MAX_NAMED).map(({ problem }) => problem);
  const more = missing.length > named.length ? `; and ${missing.length - named.length} more` : "";
  throw new WorkflowError(
    "invalid_input",
    `A value that tasks take from the ${source} is missing: ${named.join("; ")}${more}.`,
    { remedy: `Give \`${name}\` in the ${source} of the run, or write it under \`${source}\`.` },
  );
}
