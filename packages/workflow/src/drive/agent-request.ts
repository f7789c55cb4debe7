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
  const made = new HandedRequest(options) as HandedRequest & MutableRequest;
  made.runId = request.runId;
  made.workflowId = request.workflowId;
  made.stepId = request.stepId;
  made.stepName = request.stepName;
  made.agentId = request.agentId;
  made.attemptNumber = request.attemptNumber;
  made.idempotencyKey = request.idempotencyKey;
  made.task = task;
  made.context = deepFreeze(request.context);
  made.inputs = deepFreeze(request.inputs);
  made.previousResults = previousResults(request);
  made.signal = signal;
  made.log = (text: unknown, stream: LogStream = "stdout") =>
    reports.addOutput(
      typeof text === "string" ? text : messageOf(text),
      stream === "stderr" ? "stderr" : "stdout",
    );
  // Getters cost more than all other members together, and most runs have neither.
  observe(made, "context", () => reports.noteRead("context"));
  observe(made, "inputs", (name) => reports.noteRead(`inputs.${name}`));
  if (request.directory !== undefined) made.directory = request.directory;
  if (request.traceparent !== undefined) made.traceparent = request.traceparent;
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

const OPTIONS = Symbol("options");

/** Members that are computed when they are read are not own properties of a request. */
class HandedRequest {
  readonly [OPTIONS]: AttemptOptions;

  constructor(options: AttemptOptions) {
    this[OPTIONS] = options;
  }

  get effectKey(): string | undefined {
    return this[OPTIONS].effectKey?.();
  }

  get stopWithinMs(): number | undefined {
    return this[OPTIONS].stopWithinMs?.();
  }
}

/** Replaces a member with one whose values note that they are read; it is made when it is read. */
function observe(
  made: MutableRequest,
  member: "context" | "inputs",
  note: (name: string) => void,
): void {
  const values = made[member];
  if (Object.keys(values).length === 0) return;
  let observed: typeof values | undefined;
  Object.defineProperty(made, member, {
    enumerable: true,
    get: () => {
      observed ??= observeValues(values, note);
      return observed;
    },
  });
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
