import { defineWorkflow, type WorkflowEngine } from "@automatosx/workflow";
import type { SimulatedClock } from "@automatosx/workflow/testing";

/** Runs a wide graph of 1,500 steps, a fan-out of 1,000 items, and a chain of 10,000 steps. */
export async function largeRuns(engine: WorkflowEngine, clock: SimulatedClock): Promise<void> {
  const wide = defineWorkflow({
    id: "wide-1500",
    steps: Array.from({ length: 1500 }, (_, at) => ({
      id: `step-${at}`,
      agentId: "worker",
      task: `Do ${at}.`,
      dependencies:
        at < 30 ? [] : [`step-${at - 30}`, ...(at % 7 === 0 ? [`step-${at - 29}`] : [])],
    })),
  });
  const fan = {
    id: "fan-1000",
    steps: [
      {
        id: "each",
        foreach: Array.from({ length: 1000 }, (_, at) => at),
        agentId: "worker",
        task: "x",
      },
      { id: "join", agentId: "worker", task: "join", dependencies: ["each"] },
    ],
  };
  const chain = defineWorkflow({
    id: "many-10000",
    steps: Array.from({ length: 10_000 }, (_, at) => ({
      id: `s${at}`,
      agentId: "worker",
      task: `Do ${at}.`,
      dependencies: at < 20 ? [] : [`s${at - 20}`],
    })),
  });
  for (const source of [wide, JSON.stringify(fan), chain]) {
    const run = await engine.start(source);
    await clock.advanceUntil(run.ending);
  }
}
