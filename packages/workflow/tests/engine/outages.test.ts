import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type AgentFunction, WorkflowEngine, type WorkflowError } from "../../src/index.js";
import { ScriptedAgent, SimulatedClock } from "../../src/testing/index.js";
import { acrossNetwork, type Network } from "../support/network-storage.js";
import { childRun, gate, normalWorkflow } from "../support/normal-form.js";
import { workflow } from "../support/workflows.js";

const audit = normalWorkflow(
  { look: [], judge: ["look"] },
  { id: "audit", outputs: { verdict: "${{ steps.judge.output }}" } },
);

const release = normalWorkflow(
  {
    plan: [],
    audit: { after: ["plan"], ...childRun(audit), retries: 1 },
    ship: { after: ["audit"], ...gate("Ship it?") },
    note: ["ship"],
  },
  {},
  [audit],
);

const SCRIPT: ConstructorParameters<typeof ScriptedAgent>[0] = {
  plan: { result: "p", afterMs: 20 },
  judge: [
    { error: "broken", afterMs: 20 },
    { result: "good", afterMs: 20 },
  ],
  note: { result: "n", afterMs: 20 },
  long: { hangs: true },
};

interface Trial {
  readonly engine: WorkflowEngine;
  readonly clock: SimulatedClock;
  readonly network: Network;
  readonly agent: ScriptedAgent;
}

async function open(): Promise<Trial> {
  const clock = new SimulatedClock();
  const { storage, network } = acrossNetwork(clock);
  const agent = new ScriptedAgent(SCRIPT, clock);
  const engine = await WorkflowEngine.open({
    ...{ storage, agents: { "*": agent }, abandonAfterMs: 0 },
    ports: { clock, chance: { next: () => 0.5 } },
  });
  return { engine, clock, network, agent };
}

/** Repeats a call that the database has refused, as its caller would. */
async function patiently<T>(clock: SimulatedClock, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await clock.advanceUntil(call());
    } catch (error) {
      if ((error as WorkflowError).code !== "database_busy") throw error;
    }
  }
}

/** Performs the whole workflow, and returns its outcome and the number of synchronous calls. */
async function perform(isBusy: Network["isBusy"]): Promise<{ outcome: unknown; calls: number }> {
  const { engine, clock, network, agent } = await open();
  let calls = 0;
  network.isBusy = (call, name) => {
    calls = call;
    return isBusy(call, name);
  };
  const run = await patiently(clock, () => engine.start(release, { runId: "r" }));
  const paused = await clock.advanceUntil(run.ending);
  await patiently(clock, async () => {
    // An answer that was recorded, although its caller was refused, is not open any more.
    const isOpen = (await engine.gates("r")).length > 0;
    if (isOpen) await engine.answer("r", "ship", { approved: true }, { resume: false });
  });
  const again = await patiently(clock, () => engine.start(release, { runId: "r" }));
  const { status, results } = await clock.advanceUntil(again.ending);
  network.isBusy = () => false;
  const children = network.behind.listChildRuns("r").map((child) => [child.runId, child.status]);
  await clock.advanceUntil(engine.close());
  return {
    outcome: { paused: paused.status, status, results, children, started: agent.started },
    calls,
  };
}

const WHOLE = {
  paused: "paused",
  status: "completed",
  results: {
    plan: "p",
    audit: { verdict: "good" },
    ship: expect.objectContaining({ approved: true }) as unknown,
    note: "n",
  },
  children: [["r.audit", "completed"]],
  started: ["plan", "look", "judge", "judge", "note"],
};

describe("a database that does not answer one synchronous call of an engine", () => {
  test("changes nothing about a run, whichever call it is", async () => {
    const { outcome, calls } = await perform(() => false);
    expect([outcome, calls > 30]).toEqual([WHOLE, true]);
    for (let refused = 1; refused <= calls; refused += 1) {
      let what = "";
      const found = await perform((call, name) => {
        if (call === refused) what = name;
        return call === refused;
      });
      expect([refused, what, found.outcome]).toEqual([refused, what, WHOLE]);
    }
  });

  test.each([1, 2, 3, 4])(
    "changes nothing about a run if it refuses one of ten (%i)",
    async (seed) => {
      let state = seed;
      const { outcome } = await perform(() => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return state / 2_147_483_648 < 0.1;
      });
      expect(outcome).toEqual(WHOLE);
    },
  );
});

describe("a run that is cancelled while the database does not answer", () => {
  test("by its signal after it has paused, is cancelled once the database answers", async () => {
    const { engine, clock, network } = await open();
    const stop = new AbortController();
    const waits = normalWorkflow({ plan: [], ship: { after: ["plan"], ...gate("Ship it?") } });
    const run = await engine.start(waits, { signal: stop.signal });
    expect((await clock.advanceUntil(run.ending)).status).toBe("paused");
    network.isBusy = () => true;
    stop.abort();
    await clock.advance(3000);
    network.isBusy = () => false;
    await clock.advance(1000);
    expect(network.behind.getRun(run.id)?.status).toBe("cancelled");
    await clock.advanceUntil(engine.close());
  });

  test("cancels its child run once the database answers", async () => {
    const { engine, clock, network } = await open();
    const slow = normalWorkflow({ long: [] }, { id: "slow" });
    const parent = normalWorkflow({ audit: childRun(slow) }, {}, [slow]);
    const run = await engine.start(parent, { runId: "r" });
    await clock.advance(5);
    network.isBusy = () => true;
    const cancelled = engine.activeRun("r")?.cancel();
    await clock.advance(3000);
    network.isBusy = () => false;
    await clock.advance(2000);
    await cancelled;
    expect([
      (await clock.advanceUntil(run.ending)).status,
      network.behind.getRun("r.audit")?.status,
    ]).toEqual(["cancelled", "cancelled"]);
    await clock.advanceUntil(engine.close());
  });
});

describe("a step that works in a directory", () => {
  test("waits for the files that the database cannot give it now", async () => {
    const clock = new SimulatedClock();
    const { storage, network } = acrossNetwork(clock);
    const read: string[] = [];
    const agent: AgentFunction = async ({ stepId, attemptNumber, runDirectory = "" }) => {
      const path = join(runDirectory, "a.txt");
      if (stepId === "a") writeFileSync(path, "text");
      else if (attemptNumber > 1) read.push(readFileSync(path, "utf8"));
      else {
        writeFileSync(path, "spoiled");
        return new Promise(() => undefined);
      }
      return stepId;
    };
    const options = { storage, agents: { "*": agent }, ports: { clock }, abandonAfterMs: 0 };
    const source = workflow({ a: { files: ["a.txt"] }, b: ["a"] });
    const first = await WorkflowEngine.open(options);
    const left = await first.start(source, { runId: "r" });
    left.ending.catch(() => undefined);
    await vi.waitFor(() => expect(left.steps().map(({ status }) => status)).toContain("completed"));
    await clock.advanceUntil(first.close());

    let refused = 0;
    network.isBusy = (_, name) => {
      if (name !== "getArtifact" || refused === 5) return false;
      refused += 1;
      return true;
    };
    const second = await WorkflowEngine.open(options);
    const run = await clock.advanceUntil(second.resume("r"));
    const { status, results } = await clock.advanceUntil(run.ending);
    await clock.advanceUntil(second.close());
    expect([status, results, read, refused]).toEqual([
      "completed",
      { a: "a", b: "b" },
      ["text"],
      5,
    ]);
  });
});
