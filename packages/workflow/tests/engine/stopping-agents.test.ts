import { describe, expect, test } from "vitest";
import {
  type AgentPort,
  type AgentRequest,
  openSqliteStorage,
  type StoragePort,
} from "../../src/index.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import { normalWorkflow } from "../support/normal-form.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const WORK = workflow({
  a: [],
  b: { dependencies: ["a"], task: "do b with ${{ steps.a.output }}" },
});

/** Works on the first attempt of `b` until it is aborted, and stops when the test says so. */
class SlowToStop implements AgentPort {
  readonly started: string[] = [];
  readonly #stopped = Promise.withResolvers<void>();

  async execute({ stepId, attemptNumber }: AgentRequest): Promise<unknown> {
    this.started.push(`${stepId}#${attemptNumber}`);
    if (stepId === "b" && this.started.filter((name) => name.startsWith("b#")).length === 1) {
      await this.#stopped.promise;
      throw new Error("stopped");
    }
    return stepId;
  }

  stop(): void {
    this.#stopped.resolve();
  }
}

/** Two engines on one database, and an agent of both that stops slowly. */
async function twoEngines(): Promise<
  AsyncDisposable & { one: Bench; other: Bench; agent: SlowToStop; storage: StoragePort }
> {
  const storage = openSqliteStorage({ path: ":memory:" });
  const agent = new SlowToStop();
  const options = { storage, agents: { "*": agent } };
  const [one, other] = [await bench({}, options), await bench({}, options)];
  const close = async () => {
    agent.stop();
    await one.engine.close();
    await other.engine.close();
    storage.close();
  };
  return { one, other, agent, storage, [Symbol.asyncDispose]: close };
}

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "accepted",
    ({ code, message }: { code: string; message: string }) => [code, message],
  );

describe("a run whose agents are stopping", () => {
  test("is not released after an edit in a pause until the aborted agent has stopped", async () => {
    await using world = await twoEngines();
    const { one, other, agent, storage } = world;
    const run = await one.engine.start(WORK, { runId: "job" });
    await one.clock.settle();
    await run.pause();
    await one.engine.editResult("job", "a", "another");
    await one.clock.settle();
    const owned = storage.getRun("job");
    expect([owned?.status, owned?.owner !== undefined]).toEqual(["paused", true]);
    expect(await codeOf(other.engine.resume("job"))).toEqual([
      "run_owned_elsewhere",
      expect.stringContaining("Run job is pausing"),
    ]);
    expect(agent.started).toEqual(["a#1", "b#1"]);
    agent.stop();
    expect((await one.clock.advanceUntil(run.ending)).status).toBe("paused");
    expect(storage.getRun("job")?.owner).toBeUndefined();
    const resumed = await other.engine.resume("job");
    expect((await other.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect(agent.started).toEqual(["a#1", "b#1", "b#2"]);
  });

  test("continues where it is if it is resumed before they have stopped", async () => {
    await using world = await twoEngines();
    const { one, agent } = world;
    const run = await one.engine.start(WORK, { runId: "job" });
    await one.clock.settle();
    await run.pause();
    await one.engine.editResult("job", "a", "another");
    await one.engine.resume("job");
    await one.clock.settle();
    expect(agent.started).toEqual(["a#1", "b#1"]);
    agent.stop();
    expect((await one.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect(agent.started).toEqual(["a#1", "b#1", "b#2"]);
  });

  test("is not released when it has failed until they have stopped", async () => {
    await using world = await twoEngines();
    const { one, other, agent, storage } = world;
    const halted = normalWorkflow({
      ...{ a: [], b: ["a"], c: ["a"] },
      halt: { after: ["c"], stop: { as: "failed", reason: "enough" } },
    });
    const run = await one.engine.start(halted, { runId: "job" });
    await one.clock.settle();
    const owned = storage.getRun("job");
    expect([owned?.status, owned?.owner !== undefined]).toEqual(["failed", true]);
    expect(await codeOf(other.engine.resume("job"))).toEqual([
      "run_owned_elsewhere",
      expect.stringContaining("Run job has failed"),
    ]);
    agent.stop();
    expect((await one.clock.advanceUntil(run.ending)).status).toBe("failed");
    expect(storage.getRun("job")?.owner).toBeUndefined();
  });

  test("starts no further attempt if another engine has claimed it meanwhile", async () => {
    await using world = await twoEngines();
    const { one, agent, storage } = world;
    const run = await one.engine.start(WORK, { runId: "job" });
    const ending = codeOf(run.ending);
    await one.clock.settle();
    await one.engine.reopen("job", ["b"]);
    await one.clock.settle();
    storage.acquireLease({
      runId: "job",
      owner: { ownerId: "another", ...thisProcess() },
      now: one.clock.now(),
      leaseUntil: one.clock.now() + 60_000,
      isDead: () => true,
    });
    agent.stop();
    expect(await one.clock.advanceUntil(ending)).toEqual([
      "lease_lost",
      "Another engine has claimed run job.",
    ]);
    expect(agent.started).toEqual(["a#1", "b#1"]);
  });
});
