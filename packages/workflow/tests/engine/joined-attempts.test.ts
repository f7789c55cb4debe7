import { describe, expect, test } from "vitest";
import {
  AgentError,
  type AgentPort,
  type AgentRequest,
  openSqliteStorage,
  type StoragePort,
} from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

type Work = PromiseWithResolvers<unknown>;

/** Works outside of the engine: an attempt lasts until the test ends it. */
class Elsewhere implements AgentPort {
  readonly resumes = true;
  /** What happened, in order: `start`, `join`, `leave`, `stop` or `reclaim`, and the attempt. */
  readonly notes: string[] = [];
  readonly requests: AgentRequest[] = [];
  readonly #works = new Map<string, Work>();

  async execute(request: AgentRequest): Promise<unknown> {
    const { idempotencyKey: key, signal } = request;
    const name = nameOf(request);
    const known = this.#works.get(key);
    this.notes.push(`${known === undefined ? "start" : "join"} ${name}`);
    this.requests.push(request);
    const work = known ?? Promise.withResolvers<unknown>();
    this.#works.set(key, work);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => {
      const { name: reason } = signal.reason as Error;
      this.notes.push(`${reason === "ReleaseError" ? "leave" : "stop"} ${name}`);
      aborted.reject(signal.reason as Error);
    });
    return Promise.race([work.promise, aborted.promise]);
  }

  async reclaim(key: string): Promise<void> {
    this.notes.push(`reclaim ${key.split("/").slice(1).join("#")}`);
  }

  /** Ends the work of an attempt. */
  end(name: string, ending: { readonly result: unknown } | { readonly error: Error }): void {
    for (const [key, work] of this.#works) {
      if (key.split("/").slice(1).join("#") !== name) continue;
      if ("error" in ending) work.reject(ending.error);
      else work.resolve(ending.result);
    }
  }
}

const nameOf = ({ stepId, attemptNumber }: AgentRequest): string => `${stepId}#${attemptNumber}`;

interface World extends AsyncDisposable {
  readonly storage: StoragePort;
  readonly remote: Elsewhere;
  /** The attempts that an agent of the engine's own process began. */
  readonly local: string[];
  /** Opens an engine on the database. */
  engine(): Promise<Bench>;
}

function world(): World {
  const storage = openSqliteStorage({ path: ":memory:" });
  const remote = new Elsewhere();
  const local: string[] = [];
  const open: Bench[] = [];
  const hangs = (request: AgentRequest): Promise<unknown> => {
    local.push(nameOf(request));
    if (request.attemptNumber > 1) return Promise.resolve("done");
    return new Promise((_, reject) =>
      request.signal.addEventListener("abort", () => reject(request.signal.reason as Error)),
    );
  };
  const clock = new SimulatedClock();
  return {
    ...{ storage, remote, local },
    async engine() {
      const opened = await bench(
        {},
        { storage, agents: { worker: remote, local: hangs }, ports: { clock } },
      );
      open.push(opened);
      return { ...opened, clock };
    },
    async [Symbol.asyncDispose]() {
      for (const { engine } of open) await engine.close();
      storage.close();
    },
  };
}

const failures = (storage: StoragePort, runId: string): readonly unknown[] =>
  [...storage.readJournal(runId)]
    .filter(({ type }) => type === "step_failed")
    .map(({ stepId, payload }) => [stepId, (JSON.parse(payload) as { reason: string }).reason]);

describe("an attempt whose agent resumes", () => {
  test("is joined by the next engine, and only the others are interrupted", async () => {
    await using given = world();
    const { remote, storage, local } = given;
    const one = await given.engine();
    await one.engine.start(workflow({ a: [], b: [], c: { agentId: "local" } }), { runId: "job" });
    await one.clock.settle();
    await one.engine.close();
    const other = await given.engine();
    const run = await other.engine.resume("job");
    await other.clock.settle();
    remote.end("a#1", { result: "of a" });
    remote.end("b#1", { result: "of b" });
    const { status, results, metrics } = await run.ending;
    expect({ status, results, retries: metrics.retries }).toEqual({
      status: "completed",
      results: { a: "of a", b: "of b", c: "done" },
      retries: 0,
    });
    expect({ notes: remote.notes, local, failures: failures(storage, "job") }).toEqual({
      notes: ["start a#1", "start b#1", "leave a#1", "leave b#1", "join a#1", "join b#1"],
      local: ["c#1", "c#2"],
      failures: [["c", "interrupted"]],
    });
  });

  test("is asked for with the same request, and with what is left of its timeout", async () => {
    await using given = world();
    const { remote } = given;
    const one = await given.engine();
    const definition = workflow({ a: { task: "do ${{ run.id }}", timeout: 60_000 } });
    await one.engine.start(definition, { runId: "job", inputs: {} });
    await one.clock.advance(20_000);
    await one.engine.close();
    const other = await given.engine();
    const run = await other.engine.resume("job");
    await other.clock.settle();
    const [first, joined] = remote.requests.map(({ signal, log, markDone, ...request }) => ({
      ...request,
      attemptToken: undefined,
      recordProcess: undefined,
    }));
    expect(joined).toEqual(first);
    await other.clock.advance(39_000);
    expect(remote.notes).not.toContain("stop a#1");
    await other.clock.advance(1_000);
    expect(remote.notes.at(-1)).toBe("stop a#1");
    expect(failures(given.storage, run.id)).toEqual([["a", "timeout"]]);
  });

  test("has five seconds to answer if its timeout has passed meanwhile", async () => {
    await using given = world();
    const one = await given.engine();
    await one.engine.start(workflow({ a: { timeout: 60_000 } }), { runId: "job" });
    await one.clock.settle();
    await one.engine.close();
    await one.clock.advance(3_600_000);
    const other = await given.engine();
    const run = await other.engine.resume("job");
    await other.clock.advance(4_900);
    given.remote.end("a#1", { result: "in time" });
    expect((await run.ending).results).toEqual({ a: "in time" });
  });

  test("is stopped by a cancellation, as one that this engine has started", async () => {
    await using given = world();
    const one = await given.engine();
    await one.engine.start(workflow({ a: [] }), { runId: "job" });
    await one.clock.settle();
    await one.engine.close();
    const other = await given.engine();
    const run = await other.engine.resume("job");
    await other.clock.settle();
    await run.cancel();
    expect((await run.ending).status).toBe("cancelled");
    expect(given.remote.notes).toEqual(["start a#1", "leave a#1", "join a#1", "stop a#1"]);
  });

  test("is reclaimed if the run is cancelled while no engine owns it", async () => {
    await using given = world();
    const one = await given.engine();
    await one.engine.start(workflow({ a: [] }), { runId: "job" });
    await one.clock.settle();
    await one.engine.close();
    const other = await given.engine();
    await other.engine.cancel("job");
    expect(given.remote.notes).toEqual([
      "start a#1",
      "leave a#1",
      expect.stringMatching(/^reclaim a#1$/),
    ]);
  });

  test("is stopped by a pause with `stopAgents`, and repeated without using up a retry", async () => {
    await using given = world();
    const one = await given.engine();
    const started = await one.engine.start(workflow({ a: { retries: 0 } }), { runId: "job" });
    await one.clock.settle();
    await started.pause({ stopAgents: true });
    expect((await started.ending).status).toBe("paused");
    await one.engine.close();
    const other = await given.engine();
    const run = await other.engine.resume("job");
    await other.clock.settle();
    given.remote.end("a#2", { result: "again" });
    expect((await run.ending).status).toBe("completed");
    expect(given.remote.notes).toEqual(["start a#1", "stop a#1", "start a#2"]);
  });

  test("continues in a run that was pausing, and its result is kept", async () => {
    await using given = world();
    const one = await given.engine();
    const started = await one.engine.start(workflow({ a: [], b: ["a"] }), { runId: "job" });
    await one.clock.settle();
    await started.pause();
    await one.engine.close();
    const other = await given.engine();
    const run = await other.engine.resume("job");
    await other.clock.settle();
    given.remote.end("a#1", { result: "of a" });
    await other.clock.settle();
    given.remote.end("b#1", { result: "of b" });
    expect((await run.ending).results).toEqual({ a: "of a", b: "of b" });
    expect(given.remote.notes).toEqual(["start a#1", "leave a#1", "join a#1", "start b#1"]);
  });

  test("is reclaimed and repeated if the run goes back to a checkpoint", async () => {
    await using given = world();
    const one = await given.engine();
    await one.engine.start(workflow({ a: [], b: ["a"] }), { runId: "job" });
    const checkpointId = await one.engine.checkpoint("job", "start");
    await one.clock.settle();
    await one.engine.close();
    const other = await given.engine();
    const run = await other.engine.resume(checkpointId);
    await other.clock.settle();
    given.remote.end("a#1", { result: "too late" });
    await other.clock.settle();
    expect(run.state).toBe("awaiting_completion");
    expect(given.remote.notes).toEqual(["start a#1", "leave a#1", "reclaim a#1", "start a#3"]);
  });
});

describe("an AgentError of the class `interrupted`", () => {
  test("repeats the attempt at once, and uses up no retry", async () => {
    await using given = world();
    const { engine, clock } = await given.engine();
    const run = await engine.start(workflow({ a: { retries: 0 } }), { runId: "job" });
    await clock.settle();
    const lost = new AgentError("the worker that performed it is gone", { class: "interrupted" });
    given.remote.end("a#1", { error: lost });
    await clock.settle();
    given.remote.end("a#2", { result: "of the second worker" });
    const { status, metrics } = await run.ending;
    expect({ status, retries: metrics.retries, retryable: lost.retryable }).toEqual({
      status: "completed",
      retries: 0,
      retryable: true,
    });
    expect(failures(given.storage, "job")).toEqual([["a", "interrupted"]]);
  });
});
