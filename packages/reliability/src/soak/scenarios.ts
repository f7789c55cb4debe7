import {
  AgentError,
  type AgentMap,
  type RunHandle,
  type WorkflowData,
  type WorkflowEngine,
  WorkflowError,
  type WorkflowSource,
} from "@automatosx/workflow";

/** One way in which a run starts and ends. The soak uses all of them in turn. */
export interface Scenario {
  readonly name: string;
  readonly endsAs: "completed" | "failed" | "cancelled";
  /** Starts the run with this index and performs the scenario on it. */
  readonly perform: (
    engine: WorkflowEngine,
    runIndex: number,
    shared: SharedObjects,
  ) => Promise<RunHandle>;
}

/**
 * Objects that outlive the runs. A listener that a run does not remove from them keeps the run in
 * memory.
 */
interface SharedObjects {
  readonly signal: AbortSignal;
}

interface StepText {
  readonly id: string;
  readonly after?: readonly string[];
  readonly task?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const workflow = (id: string, steps: readonly StepText[]): WorkflowData => ({
  id,
  steps: steps.map(({ id: stepId, after = [], task = "work", more }) => ({
    id: stepId,
    agentId: "agent",
    task,
    dependencies: after,
    ...more,
  })),
});

const chainText = `id: chain
steps:
  - {id: a, agentId: agent, task: work}
  - {id: b, agentId: agent, task: work, dependencies: [a]}
`;
const fan = workflow("fan", [
  { id: "a" },
  { id: "b", after: ["a"] },
  { id: "c", after: ["a"] },
  { id: "d", after: ["a"] },
  { id: "e", after: ["b", "c", "d"] },
]);
const retried = workflow("retried", [
  { id: "a", task: "fail once", more: { retries: 2, retry: { backoff: 1 } } },
  { id: "b", after: ["a"] },
]);
const failing = workflow("failing", [
  { id: "a", task: "fail" },
  { id: "b", after: ["a"] },
]);
const timed = workflow("timed", [
  { id: "a", task: "until aborted", more: { timeout: 3 } },
  { id: "b" },
]);
const waiting = workflow("waiting", [
  { id: "a", task: "until aborted" },
  { id: "b", after: ["a"] },
]);
const marked = workflow("marked", [
  { id: "a", more: { checkpoint: "first" } },
  { id: "b", after: ["a"] },
  { id: "c", after: ["b"], more: { checkpoint: true } },
]);
const printing = workflow("printing", [
  { id: "a", task: "print" },
  { id: "b", after: ["a"], task: "print" },
]);
const large = workflow("large", [
  { id: "a", task: "large result" },
  { id: "b", after: ["a"] },
]);
const pausing = workflow("pausing", [
  { id: "a", task: "a moment" },
  { id: "b", after: ["a"] },
]);

const LARGE = "x".repeat(300_000);

/** In-process agents whose behaviour depends on the task. */
export const agents: AgentMap = {
  agent: ({ task, attemptNumber, signal, log, runId }) => {
    switch (task) {
      case "fail once":
        if (attemptNumber === 1) throw new AgentError("the first attempt always fails");
        return attemptNumber;
      case "fail":
        throw new AgentError("every attempt fails", { retryable: false });
      case "until aborted":
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
        );
      case "a moment":
        return new Promise((resolve) => setTimeout(() => resolve("done"), 1));
      case "print":
        log(`output of ${runId}\n`);
        return "printed";
      case "large result":
        return `${runId}${LARGE}`;
      default:
        return { ok: true };
    }
  },
};

const started =
  (source: WorkflowSource): Scenario["perform"] =>
  (engine) =>
    engine.start(source);

const plain: Scenario = { name: "chain", endsAs: "completed", perform: started(chainText) };

const common: readonly Scenario[] = [
  plain,
  { name: "fan", endsAs: "completed", perform: started(fan) },
  {
    name: "with a signal that outlives the run",
    endsAs: "completed",
    perform: (engine, _, { signal }) => engine.start(fan, { signal }),
  },
  { name: "retried", endsAs: "completed", perform: started(retried) },
  { name: "failing", endsAs: "failed", perform: started(failing) },
  { name: "timed out", endsAs: "failed", perform: started(timed) },
  { name: "with checkpoints", endsAs: "completed", perform: started(marked) },
  { name: "followed", endsAs: "completed", perform: followed },
  {
    name: "followed until the first completed step",
    endsAs: "completed",
    perform: followedToFirstStep,
  },
  { name: "cancelled", endsAs: "cancelled", perform: cancelled },
  { name: "paused and resumed", endsAs: "completed", perform: pausedAndResumed },
  { name: "with output", endsAs: "completed", perform: started(printing) },
];

/**
 * Scenarios in which each run stores a separate definition or a large result that retention must
 * remove.
 */
const rare: readonly Scenario[] = [
  {
    name: "with a separate definition",
    endsAs: "completed",
    perform: (engine, n) =>
      engine.start(workflow(`own-${n}`, [{ id: "a" }, { id: "b", after: ["a"] }])),
  },
  { name: "with a large result", endsAs: "completed", perform: started(large) },
];
/** One in this many runs has a rare scenario. */
const RARE_INTERVAL = 100;

export function scenarioOf(runIndex: number): Scenario {
  const isRare = runIndex % RARE_INTERVAL === RARE_INTERVAL - 1;
  const list = isRare ? rare : common;
  return list[(isRare ? Math.floor(runIndex / RARE_INTERVAL) : runIndex) % list.length] ?? plain;
}

async function followed(engine: WorkflowEngine): Promise<RunHandle> {
  const run = await engine.start(chainText);
  // Slow, so that the run ends while its follower is still handling an earlier event.
  try {
    for await (const _ of run.events()) await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    // Retention may remove the run before a slow follower has read its end.
    if (!(error instanceof WorkflowError) || error.code !== "run_not_found") throw error;
  }
  return run;
}

async function followedToFirstStep(engine: WorkflowEngine): Promise<RunHandle> {
  const run = await engine.start(fan);
  for await (const event of run.events()) if (event.type === "step_completed") break;
  return run;
}

async function cancelled(engine: WorkflowEngine): Promise<RunHandle> {
  const run = await engine.start(waiting);
  await run.cancel();
  return run;
}

async function pausedAndResumed(engine: WorkflowEngine): Promise<RunHandle> {
  const run = await engine.start(pausing);
  await run.pause();
  await run.ending;
  return engine.resume(run.id);
}
