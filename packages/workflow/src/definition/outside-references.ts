import { WorkflowError } from "../errors.js";
import { parseTask, type TaskReference, whyMissing } from "./task-template.js";

type JsonObject = Readonly<Record<string, unknown>>;

/** What a step's task takes from the run's inputs or context: there from the beginning, or never. */
export interface OutsideReference {
  readonly stepId: string;
  readonly reference: TaskReference;
}

interface ReferringStep {
  readonly id: string;
  readonly task: string;
  readonly continueOnError: boolean;
}

const MOST_TOLD = 10;

/** Those that would fail the run. A step whose failure is tolerated may ask for what is not there. */
export function outsideReferences(steps: readonly ReferringStep[]): OutsideReference[] {
  return steps.flatMap(({ id, task, continueOnError }) => {
    if (continueOnError || !task.includes("${{")) return [];
    return parseTask(task).parts.flatMap((part) =>
      typeof part === "string" || part.source === "steps" ? [] : [{ stepId: id, reference: part }],
    );
  });
}

/** `invalid_input` with everything that the tasks take from inputs and context, and that the caller has not given: steps before would be paid for nothing. */
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
  const told = missing.slice(0, MOST_TOLD).map(({ problem }) => problem);
  const more = missing.length > told.length ? `; and ${missing.length - told.length} more` : "";
  throw new WorkflowError(
    "invalid_input",
    `Something that tasks take from ${source === "inputs" ? "the inputs" : "the context"} is not there: ${told.join("; ")}${more}.`,
    {
      remedy: `Give it at the start: \`axw run FILE --${source === "inputs" ? "input" : "context"} ${name}=VALUE\`, or \`start(…, { ${source} })\`; or write it under \`${source}\`.`,
    },
  );
}
