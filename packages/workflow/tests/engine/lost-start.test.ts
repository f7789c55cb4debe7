import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteStorage, type RunHandle, type StoragePort } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const runId = "nightly";
const chain = workflow({ a: [], b: ["a"] });
const script = { a: { result: "A", afterMs: 10_000 }, b: { result: "B" } };
const elsewhere = { code: "run_owned_elsewhere", runId };

/** What `promise` rejects with. */
async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "fulfilled",
    (error: unknown) => error,
  );
}

describe("while a start loses its id to a start in another engine", () => {
  let storage: StoragePort;
  let winner: Bench;
  let loser: Bench;
  let run: RunHandle;
  let lost: Promise<unknown>;

  // Both engines have begun the run. Only that of the first is in the database.
  beforeEach(async () => {
    storage = openSqliteStorage({ path: ":memory:" });
    winner = await bench(script, { storage });
    const { clock } = winner;
    loser = await bench(script, { storage, ports: { clock } });
    const starting = winner.engine.start(chain, { runId });
    lost = refusalOf(loser.engine.start(chain, { runId }));
    run = await starting;
  });

  afterEach(async () => {
    await loser.engine.close();
    await winner.engine.close();
    storage.close();
  });

  test("the run is not active in the engine that loses", async () => {
    expect(loser.engine.activeRun(runId)).toBeUndefined();
    expect([await lost, loser.engine.activeRun(runId), loser.agent.started]).toEqual([
      expect.objectContaining(elsewhere),
      undefined,
      [],
    ]);
  });

  test.each([
    ["a wait for its end", (b: Bench) => b.engine.waitForCompletion(runId)],
    ["a resume", (b: Bench) => b.engine.resume(runId)],
  ])("%s finds that the other engine owns the run", async (_, act) => {
    expect(await refusalOf(act(loser))).toMatchObject(elsewhere);
  });

  test("a preview and a fork read the run of the other engine", async () => {
    const { engine } = loser;
    const [preview, fork] = await Promise.all([
      engine.preview(runId, { reopen: { stepIds: ["a"] } }),
      engine.fork(runId),
    ]);
    expect([preview.map(({ stepId }) => stepId), fork.forkedFrom?.runId]).toEqual([
      ["a", "b"],
      runId,
    ]);
  });

  test("those who follow the run see all of it", async () => {
    const types: string[] = [];
    const following = (async () => {
      for await (const { type } of loser.engine.events(runId)) types.push(type);
    })();
    await lost;
    await winner.clock.advanceUntil(run.ending);
    await following;
    expect(types.at(-1)).toBe("run_state");
    expect(types.filter((type) => type === "step_completed")).toHaveLength(2);
  });

  test("a pause reaches the engine that owns the run", async () => {
    await winner.clock.advanceUntil(loser.engine.pause(runId));
    expect((await winner.clock.advanceUntil(run.ending)).status).toBe("paused");
  });
});
