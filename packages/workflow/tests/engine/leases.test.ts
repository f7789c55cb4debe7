import { describe, expect, test } from "vitest";
import { openSqliteStorage, type StoragePort, WorkflowEngine, WorkflowError } from "../../src/index.js";
import { ScriptedAgent, SimulatedClock } from "../../src/testing/index.js";
import { workflow } from "../support/workflows.js";

/** The storage, but that commits which write a completed step of `stepId` fail as long as `isFull` says so. */
function fullFor(storage: StoragePort, stepId: string, isFull: () => boolean): StoragePort {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        const writes = name === "commit" && JSON.stringify(given).includes(`"step_completed","stepId":"${stepId}"`);
        if (writes && isFull()) throw new WorkflowError("database_full", "The disk is full.");
        return Reflect.apply(member, target, given) as unknown;
      };
    },
  });
}

describe("a run that was dropped when its storage failed", () => {
  test("is free for another engine once its lease is over, though the one that dropped it works on others", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const agent = new ScriptedAgent({ endless: { hangs: true } }, clock);
    const options = { agents: { "*": agent }, ports: { clock }, abandonAfterMs: 0 };
    let isFull = true;
    const first = await WorkflowEngine.open({ ...options, storage: fullFor(storage, "short", () => isFull) });
    const [dropped] = await Promise.all([
      clock.advanceUntil(first.start(workflow({ short: [] }))),
      first.start(workflow({ endless: { timeout: "10m" } })),
    ]);
    await expect(clock.advanceUntil(dropped.ending)).rejects.toMatchObject({ code: "database_full" });
    isFull = false;

    await clock.advance(31_000);
    const second = await WorkflowEngine.open({ ...options, storage });
    const run = await clock.advanceUntil(second.resume(dropped.id));
    await expect(clock.advanceUntil(run.ending)).resolves.toMatchObject({ status: "completed" });
    await Promise.all([clock.advanceUntil(first.close()), clock.advanceUntil(second.close())]);
    storage.close();
  });
});
