import { join } from "node:path";
import { freePort } from "@automatosx/test-servers/postgres";
import { startRestate } from "@automatosx/test-servers/restate";
import { openSqliteStorage, prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { pullReplica, RestateBackend } from "../src/index.js";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";
import { restateHarness } from "./support/restate-harness.ts";
import { WorkerProcess } from "./support/worker-process.ts";

const WORKFLOW = prepareWorkflow(
  "name: n\nsteps: [{ id: a, agentId: worker, task: A }, { id: b, agentId: worker, task: B }]",
);

describe("without its workers, a backend", () => {
  test("says that none is registered", async () => {
    await using server = await startRestate();
    const { ingressUrl: url, adminUrl } = server;
    const backend = await RestateBackend.open({ url, adminUrl });
    await expect(backend.start(WORKFLOW)).rejects.toMatchObject({
      code: "unknown_agent",
      message: "No worker is registered at the Restate server, so no run can start.",
    });
  });

  test("finds an ingress that does not answer", async () => {
    await using trial = await restateInProcess({ worker: () => Promise.resolve("done") });
    const { adminUrl } = trial.server;
    const url = `http://127.0.0.1:${await freePort()}`;
    const backend = await RestateBackend.open({ url, adminUrl });
    expect((await backend.check()).problems).toEqual([
      expect.stringMatching(/^No run can be started or read: .*does not answer/),
    ]);
  });

  test("names a worker that is gone, passes by the runs it cannot read, and continues with a replacement", async () => {
    await using harness = await restateHarness();
    const { worker, settings, folder } = harness;
    const backend = await harness.open();
    const done = await backend.start(WORKFLOW, { runId: "done" });
    await rowsOf(backend, done.id);
    await worker.kill();
    const waiting = backend.start(WORKFLOW, { runId: "waiting" });
    const gone = `http://${settings.listen}/`;
    const storage = openSqliteStorage({ path: join(folder, "copies.db") });
    expect(await pullReplica(backend, storage)).toMatchObject({
      failed: [{ runId: "done", error: { code: "database_busy" } }],
    });
    const named = async () => (await backend.check()).problems.join("\n");
    await expect.poll(named).toContain(`--replace ${gone}`);

    const next = { ...settings, listen: `127.0.0.1:${await freePort()}` };
    await expect(
      WorkerProcess.start({ ...next, replaces: "http://127.0.0.1:1" }),
    ).rejects.toThrow();
    expect((await backend.check()).deployments).toHaveLength(1);
    const replacing = await WorkerProcess.start({ ...next, replaces: gone });
    try {
      await waiting;
      await rowsOf(backend, "waiting");
      const pulled = await pullReplica(backend, storage);
      expect(pulled).toEqual({ runs: 2, entries: expect.any(Number) });
    } finally {
      storage.close();
      await replacing.kill();
    }
  }, 90_000);
});
