import { AgentError, type AgentRequest, type LogStream } from "../agents/AgentPort.js";
import { observeValues } from "../agents/observed-request.js";
import { describeValue } from "../checks/describe-value.js";
import { messageOf } from "../message-of.js";
import { identify } from "../storage/process-identity.js";
import type { AttemptOptions } from "./AttemptOptions.js";
import type { AttemptRequest } from "./attempt-request.js";
import { NO_PARTS, type RenderedParts } from "./render-request.js";

/** Receives what an agent reports about its work. */
export interface WorkReports {
  /** The agent has written a piece of output. */
  addOutput(text: string, stream: LogStream): void;
  /** Only cleanup is left. */
  markDone(): void;
  /** The agent works in a program, and the record of its process is durable. */
  startProgram(): void;
  /** The agent has read the context, or an input: `context`, `inputs.NAME`. */
  noteRead(name: string): void;
}

type MutableRequest = { -readonly [Key in keyof AgentRequest]: AgentRequest[Key] };

/**
 * Returns the request that an agent receives for an attempt. `task` and `parts` are what was
 * rendered of it.
 */
export function toAgentRequest(
  request: AttemptRequest,
  task: string,
  parts: RenderedParts,
  signal: AbortSignal,
  options: AttemptOptions,
  reports: WorkReports,
): AgentRequest {
  let context: AgentRequest["context"] | undefined;
  let inputs: AgentRequest["inputs"] | undefined;
  const made: MutableRequest = {
    runId: request.runId,
    workflowId: request.workflowId,
    stepId: request.stepId,
    stepName: request.stepName,
    agentId: request.agentId,
    attemptNumber: request.attemptNumber,
    idempotencyKey: request.idempotencyKey,
    task,
    get context() {
      context ??= observeValues(deepFreeze(request.context), () => reports.noteRead("context"));
      return context;
    },
    get inputs() {
      inputs ??= observeValues(deepFreeze(request.inputs), (name) =>
        reports.noteRead(`inputs.${name}`),
      );
      return inputs;
    },
    get effectKey() {
      return options.effectKey?.();
    },
    previousResults: previousResults(request),
    signal,
    log: (text: unknown, stream: LogStream = "stdout") =>
      reports.addOutput(
        typeof text === "string" ? text : messageOf(text),
        stream === "stderr" ? "stderr" : "stdout",
      ),
  };
  if (request.directory !== undefined) made.directory = request.directory;
  if (options.runDirectory !== undefined) made.runDirectory = options.runDirectory;
  const { schema, feedback, item, session } = request;
  if (schema !== undefined) made.schema = schema;
  if (feedback !== undefined) made.feedback = feedback;
  if (session?.reference !== undefined) made.session = session.reference;
  if (item !== undefined) made.item = copyOf(item);
  if (parts !== NO_PARTS) Object.assign(made, parts);
  if (request.timeoutMs !== undefined) made.markDone = () => reports.markDone();
  if (options.recordProcess === undefined) return made;
  made.recordProcess = (pid: number) => {
    const recorded = record(pid, options, reports);
    // An agent may not wait for it, and an unhandled rejection would end the process.
    recorded.catch(() => undefined);
    return recorded;
  };
  const { attemptToken } = options;
  if (attemptToken !== undefined) made.attemptToken = attemptToken;
  return made;
}

async function record(pid: number, options: AttemptOptions, reports: WorkReports): Promise<void> {
  if (!Number.isSafeInteger(pid) || pid < 1)
    throw new AgentError(
      `a process id must be a whole number, 1 or more; ${describeValue(pid)} is not`,
      { retryable: false },
    );
  await options.recordProcess?.(identify(pid));
  reports.startProgram();
}

// Copies: what an agent does to a value must not change what is recorded, or what others are given.
function previousResults({ dependencies, results }: AttemptRequest): Record<string, unknown> {
  const copies: Record<string, unknown> = {};
  for (const id of dependencies) copies[id] = copyOf(results[id]);
  return copies;
}

function copyOf(result: unknown): unknown {
  return typeof result === "object" && result !== null
    ? JSON.parse(JSON.stringify(result))
    : result;
}

// Frozen rather than copied: every step of a run receives the same value, and copying it for each
// step would cost more.
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
