import {
  AgentError,
  type AgentMap,
  type RunHandle,
  type WorkflowEngine,
} from "@automatosx/workflow";

/** One way of living and ending; the soak goes through all of them in turn. */
export interface Life {
  readonly name: string;
  readonly ends: "completed" | "failed" | "cancelled";
  readonly live: (engine: WorkflowEngine, number: number, around: Around) => Promise<RunHandle>;
}

/** What outlives the runs: a listener left on it would keep its run in memory. */
interface Around {
  readonly signal: AbortSignal;
}

interface StepText {
  readonly id: string;
  readonly after?: readonly string[];
  readonly task?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const workflow = (id: string, steps: readonly StepText[]): object => ({
  id,
  steps: steps.map(({ id: stepId, after = [], task = "work", more }) => ({
    id: stepId,
    agentId: "agent",
    task,
    dependencies: after,
    ...more,
  })),
});

const chainText = `id: chain\nsteps:\n  - {id: a, agentId: agent, task: work}\n  - {id: b, agentId: agent, task: work, dependencies: [a]}\n`;
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
const talking = workflow("talking", [
  { id: "a", task: "talk" },
  { id: "b", after: ["a"], task: "talk" },
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

/** Agents in this process, which do what the task says. */
export const agents: AgentMap = {
  agent: ({ task, attemptNumber, signal, log, runId }) => {
    switch (task) {
      case "fail once":
        if (attemptNumber === 1) throw new AgentError("the first time never works");
        return attemptNumber;
      case "fail":
        throw new AgentError("it never works", { retryable: false });
      case "until aborted":
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
        );
      case "a moment":
        return new Promise((resolve) => setTimeout(() => resolve("rested"), 1));
      case "talk":
        log(`said in ${runId}\n`);
        return "said";
      case "large result":
        return `${runId}${LARGE}`;
      default:
        return { ok: true };
    }
  },
};

const started =
  (source: string | object): Life["live"] =>
  (engine) =>
    engine.start(source);

const plain: Life = { name: "chain", ends: "completed", live: started(chainText) };

const lives: readonly Life[] = [
  plain,
  { name: "fan", ends: "completed", live: started(fan) },
  {
    name: "with a signal that outlives it",
    ends: "completed",
    live: (engine, _, { signal }) => engine.start(fan, { signal }),
  },
  { name: "retried", ends: "completed", live: started(retried) },
  { name: "failing", ends: "failed", live: started(failing) },
  { name: "timed out", ends: "failed", live: started(timed) },
  { name: "with checkpoints", ends: "completed", live: started(marked) },
  { name: "followed", ends: "completed", live: followed },
  { name: "followed for a while", ends: "completed", live: followedForAWhile },
  { name: "cancelled", ends: "cancelled", live: cancelled },
  { name: "paused and resumed", ends: "completed", live: pausedAndResumed },
  { name: "with output", ends: "completed", live: started(talking) },
];

/** Seldom: each leaves a definition of its own, or a large result, for retention to find. */
const seldom: readonly Life[] = [
  {
    name: "with a definition of its own",
    ends: "completed",
    live: (engine, n) =>
      engine.start(workflow(`own-${n}`, [{ id: "a" }, { id: "b", after: ["a"] }])),
  },
  { name: "with a large result", ends: "completed", live: started(large) },
];
const SELDOM = 100;

export function lifeOf(number: number): Life {
  const list = number % SELDOM === SELDOM - 1 ? seldom : lives;
  return list[(list === seldom ? Math.floor(number / SELDOM) : number) % list.length] ?? plain;
}

async function followed(engine: WorkflowEngine): Promise<RunHandle> {
  const run = await engine.start(chainText);
  // Slowly, so that the run ends while its follower is busy with an earlier event.
  for await (const _ of run.events()) await new Promise((resolve) => setImmediate(resolve));
  return run;
}

async function followedForAWhile(engine: WorkflowEngine): Promise<RunHandle> {
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
