import { WorkflowError } from "@automatosx/workflow";
import type { RunnableConfig } from "@langchain/core/runnables";
import { getCheckpointId } from "@langchain/langgraph-checkpoint";

/** What a config says of the place of a checkpoint; an absent id is `undefined`. */
export interface Place {
  readonly threadId: string | undefined;
  readonly ns: string | undefined;
  readonly id: string | undefined;
}

/** Reads `thread_id`, `checkpoint_ns` and `checkpoint_id`. `invalid_argument` for one that is no text. */
export function placeOf(config: RunnableConfig): Place {
  const { thread_id, checkpoint_ns } = (config.configurable ?? {}) as Record<string, unknown>;
  const id: unknown = getCheckpointId(config);
  return {
    threadId: textOf("thread_id", thread_id),
    ns: textOf("checkpoint_ns", checkpoint_ns),
    id: id === "" ? undefined : textOf("checkpoint_id", id),
  };
}

/** The value of a key that must be there. */
export function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new WorkflowError("invalid_argument", `The config has no ${name} in \`configurable\`.`, {
    remedy: `Give it with the call: \`{ configurable: { ${name}: "…" } }\`.`,
  });
}

/** Text that SQLite gives back as it was. */
export function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.isWellFormed()) return value;
  throw new WorkflowError(
    "invalid_argument",
    `${name} is ${typeof value === "string" ? "not well-formed" : `a ${typeof value}`}, not text.`,
    {
      remedy: `Give ${name} as a string.`,
    },
  );
}
