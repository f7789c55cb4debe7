import path from "node:path";
import { type AgentFunction, openSqliteStorage, type StoragePort, WorkflowEngine } from "../../packages/workflow/dist/index.js";
import { median } from "./median.ts";

/** What the plan sets targets for, in ms but for the ratio. */
export interface EngineMeasurements {
  readonly initiationMs: number;
  readonly stepOverheadMs: number;
  readonly checkpointMs: number;
  readonly writeMs: number;
  /** N parallel steps of the same length, as a multiple of one. */
  readonly parallelRatio: number;
}

const ROUNDS = 15;
const CHAIN = 200;
const CHECKPOINT_STEPS = 500;
const PARALLEL = 50;
const PARALLEL_ROUNDS = 3;
const PARALLEL_STEP_MS = 100;

const atOnce: AgentFunction = ({ stepId }) => ({ stepId });
const afterAWhile: AgentFunction = async () => {
  await new Promise((resolve) => setTimeout(resolve, PARALLEL_STEP_MS));
  return null;
};

/** Measures a real engine on a real file, in `folder`, with the durability that users get. */
export async function measureEngine(folder: string): Promise<EngineMeasurements> {
  const writes: number[] = [];
  const storage = timeCommits(openSqliteStorage({ path: path.join(folder, "gate.db"), durability: "full" }), writes);
  await using engine = await WorkflowEngine.open({ storage, agents: { none: atOnce, slow: afterAWhile } });
  // The first run pays for compiling code and for the file's first pages; users of a service meet it once.
  await finish(engine, chain(5));
  writes.length = 0;

  const initiation: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    const run = await engine.start({ ...chain(10), id: `initiation-${round}` });
    initiation.push(performance.now() - startedAt);
    await run.ending;
  }
  const chainMs = await timed(() => finish(engine, chain(CHAIN)));
  const ratios: number[] = [];
  for (let round = 0; round < PARALLEL_ROUNDS; round += 1) {
    const one = await timed(() => finish(engine, fan(1)));
    ratios.push((await timed(() => finish(engine, fan(PARALLEL)))) / one);
  }
  const measured = {
    initiationMs: median(initiation),
    stepOverheadMs: chainMs / CHAIN,
    checkpointMs: median(await timeCheckpoints(engine)),
    writeMs: median(writes),
    parallelRatio: median(ratios),
  };
  await engine.close();
  storage.close();
  return measured;
}

// Checkpoints of a run that has finished 500 steps and waits for one more.
async function timeCheckpoints(engine: WorkflowEngine): Promise<number[]> {
  const { steps } = fan(CHECKPOINT_STEPS, "none");
  const last = { id: "last", agentId: "slow", task: "wait", dependencies: steps.map(({ id }) => id) };
  const run = await engine.start({ id: "checkpoints", name: "checkpoints", version: "1.0.0", steps: [...steps, last] });
  for await (const event of run.events()) if (event.type === "step_started" && event.stepId === "last") break;
  const times: number[] = [];
  while (times.length < ROUNDS && run.state !== "completed") {
    const startedAt = performance.now();
    await run.checkpoint(`number-${times.length}`);
    times.push(performance.now() - startedAt);
  }
  await run.ending;
  return times;
}

async function finish(engine: WorkflowEngine, workflow: object): Promise<void> {
  const run = await engine.start(workflow);
  const { status, error } = await run.ending;
  if (status !== "completed") throw new Error(`A run of the gate is ${status}: ${error ?? "no reason given"}.`);
}

async function timed(action: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

interface GateStep {
  readonly id: string;
  readonly agentId: string;
  readonly task: string;
  readonly dependencies: readonly string[];
}

function chain(length: number): { id: string; name: string; version: string; steps: GateStep[] } {
  const steps = Array.from({ length }, (_, index) => ({
    id: `s${index}`,
    agentId: "none",
    task: "pass on",
    dependencies: index === 0 ? [] : [`s${index - 1}`],
  }));
  return { id: `chain-${length}`, name: "chain", version: "1.0.0", steps };
}

function fan(width: number, agentId = "slow"): { id: string; name: string; version: string; steps: GateStep[] } {
  const steps = Array.from({ length: width }, (_, index) => ({ id: `s${index}`, agentId, task: "work", dependencies: [] }));
  return { id: `fan-${width}-${agentId}`, name: "fan", version: "1.0.0", steps };
}

function timeCommits(storage: StoragePort, times: number[]): StoragePort {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (name !== "commit") return member.bind(target);
      return (commit: Parameters<StoragePort["commit"]>[0]): void => {
        const startedAt = performance.now();
        target.commit(commit);
        times.push(performance.now() - startedAt);
      };
    },
  });
}
