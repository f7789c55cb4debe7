import type { ExecutionBackend, WorkflowEngine } from "@automatosx/workflow";

/** A client of the engines that work on a storage: it starts no attempt itself. */
export function clientOf(engine: WorkflowEngine): ExecutionBackend {
  return {
    id: engine.id,
    capabilities: { ...engine.capabilities, continuesUnattended: true },
    validate: (workflow) => engine.validate(workflow),
    start: (workflow, options) => engine.enqueue(workflow, options),
    send: (runId, command) => engine.send(runId, command),
    journal: (runId, options) => engine.journal(runId, options),
    list: (filter) => engine.list(filter),
    get: (runId) => engine.get(runId),
    reading: engine.reading,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}
