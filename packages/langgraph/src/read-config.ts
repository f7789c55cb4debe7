import { WorkflowError } from "@automatosx/workflow";
import type { RunnableConfig } from "@langchain/core/runnables";
import { getCheckpointId } from "@langchain/langgraph-checkpoint";

/** The checkpoints that a config refers to. Fields missing from the config are `undefined`. */
export interface Place {
  readonly threadId: string | undefined;
  readonly ns: string | undefined;
  readonly id: string | undefined;
}

/**
 * Reads `thread_id`, `checkpoint_ns` and `checkpoint_id`. Throws `invalid_argument` if one of them
 * is not a string.
 */
export function placeOf(config: RunnableConfig): Place {
  const { thread_id, checkpoint_ns } = (config.configurable ?? {}) as Record<string, unknown>;
  const id: unknown = getCheckpointId(config);
  return {
    threadId: textOf("thread_id", thread_id),
    ns: textOf("checkpoint_ns", checkpoint_ns),
    id: id === "" ? undefined : textOf("checkpoint_id", id),
  };
}

/** Returns the value of a required key. Throws `invalid_argument` if it is missing or empty. */
export function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new WorkflowError("invalid_argument", `${name} is required, but it is missing or empty.`, {
    remedy: `Pass it in the config: \`{ configurable: { ${name}: "…" } }\`.`,
  });
}

/**
 * Checks that a value is text that SQLite returns unchanged. Accepts null and undefined; throws
 * `invalid_argument` for anything else.
 */
export function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.isWellFormed()) return value;
  const problem =
    typeof value === "string"
      ? `${name} must be well-formed text; it contains half a surrogate pair.`
      : `${name} must be a string; it is of type ${typeof value}.`;
  throw new WorkflowError("invalid_argument", problem, { remedy: `Pass ${name} as a string.` });
}
