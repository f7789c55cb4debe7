import { startPostgres } from "@automatosx/test-servers/postgres";
import { systemPorts, WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { MovedClock } from "../src/engine/MovedClock.ts";
import { openPlace } from "../src/engine/open-place.ts";

const LEASE_MS = 5000;

describe("openPlace", () => {
  test("gives PostgreSQL the clock of the engine, so that a lease after a jump is no longer", async () => {
    await using server = await startPostgres();
    const url = server.createDatabase();
    const clock = new MovedClock(systemPorts.clock);
    const storage = await openPlace({ kind: "postgres", url }, { clock });
    clock.move(3_600_000);
    const engine = await WorkflowEngine.open({
      ...{ storage, leaseMs: LEASE_MS, ports: { clock } },
      agents: { worker: () => new Promise(() => undefined) },
      abandonAfterMs: 0,
    });
    const { id } = await engine.start({
      id: "waits",
      steps: [{ id: "a", agentId: "worker", task: "x" }],
    });
    const reader = await openPlace({ kind: "postgres", url });
    const leaseUntil = reader.getRun(id)?.leaseUntil ?? 0;
    expect(leaseUntil - Date.now()).toBeLessThanOrEqual(LEASE_MS);
    reader.close();
    await engine.close();
    storage.close();
  });
});
