import type { WorkflowData } from "../../src/definition/WorkflowSource.js";
import type { EngineOptions } from "../../src/index.js";
import { WorkflowEngine } from "../../src/index.js";
import { ScriptedAgent, type ScriptedAnswer, SimulatedClock } from "../../src/testing/index.js";

/**
 * A workflow in short notation: `{ build: ["design"] }` is a step `build` that depends on `design`.
 */
export function workflow(
  steps: Record<
    string,
    readonly string[] | ({ dependencies?: readonly string[] } & Record<string, unknown>)
  >,
  rest: Partial<WorkflowData> = {},
): WorkflowData {
  return {
    id: "under-test",
    name: "under test",
    ...rest,
    steps: Object.entries(steps).map(([id, given]) => {
      const step = Array.isArray(given)
        ? { dependencies: given }
        : (given as Record<string, unknown>);
      return { id, agentId: "worker", task: `do ${id}`, dependencies: [], ...step };
    }),
  };
}

export interface Bench extends AsyncDisposable {
  readonly engine: WorkflowEngine;
  readonly agent: ScriptedAgent;
  readonly clock: SimulatedClock;
}

/** An in-memory engine, with a scripted agent for every id and a clock that the test advances. */
export async function bench(
  script: Record<string, readonly ScriptedAnswer[] | ScriptedAnswer> = {},
  options: EngineOptions = {},
): Promise<Bench> {
  const clock = new SimulatedClock();
  const agent = new ScriptedAgent(script, clock);
  const engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { "*": agent },
    ports: { clock, chance: { next: () => 0.5 } },
    ...options,
  });
  return { engine, agent, clock, [Symbol.asyncDispose]: () => engine.close() };
}
