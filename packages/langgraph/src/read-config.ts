import { WorkflowError } from "@automatosx/workflow";
import type { RunnableConfig } from "@langchain/core/runnables";
import { getCheckpointId } from "@langchain/langgraph-checkpoint";

/** Which checkpoints a config refers to. What it leaves out is `undefined`. */
export interface Place {
  readonly threadId: string | undefined;
  readonly ns: string | undefined;
  readonly id: string | undefined;
}

/**
 * Reads `thread_id`, `checkpoint_ns` and `checkpoint_id`. Throws `invalid_argument` for one that is
 * not text.
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

/** The value of a required key. Throws `invalid_argument` if it is missing or empty. */
export function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new WorkflowError("invalid_argument", `${name} is required, but missing or empty.`, {
    remedy: `Pass it in the config: \`{ configurable: { ${name}: "…" } }\`.`,
  });
}

/**
 * Text that SQLite returns unchanged. Throws `invalid_argument` for anything else but null and
 * undefined.
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
