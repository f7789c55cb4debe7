import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CheckpointManager,
  openSqliteStorage,
  prepareWorkflow,
  WorkflowEngine,
} from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { pullReplica } from "../src/index.js";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";

const WORKFLOW = prepareWorkflow(`
name: gated
steps:
  - { id: a, agentId: worker, task: A }
  - { id: ask, gate: { ask: "Go on?" }, dependencies: [a] }
  - { id: b, agentId: failing, task: B, dependencies: [ask] }
`);

describe("pullReplica", () => {
  test("copies runs, which then can be restored to their checkpoints", async () => {
    const performed: string[] = [];
    await using trial = await restateInProcess({
      worker: ({ task }) => Promise.resolve(performed.push(task)),
      failing: () => Promise.reject(new Error("no")),
    });
    const { backend, folder } = trial;
    const storage = openSqliteStorage({ path: join(folder, "copy.db") });
    const { id } = await backend.start(WORKFLOW);
    await rowsOf(backend, id);
    const written = await backend.send(id, { verb: "checkpoint", name: "before" });
    if (!written.ok) throw new Error(written.message);
    await backend.send(id, { verb: "answer", stepId: "ask", answer: { approved: true } });
    const rows = await rowsOf(backend, id);
    expect(await pullReplica(backend, storage)).toEqual({ runs: 1, entries: rows.length });
    expect(storage.getRun(id)).toMatchObject({ backend: "restate", state: "failed" });
    expect([...storage.readJournal(id)]).toEqual(rows);

    const manager = new CheckpointManager(storage);
    const data = manager.loadCheckpoint(written.checkpointId ?? "");
    expect(await backend.restore(id, data)).toEqual({ ok: true });
    const restored = await rowsOf(backend, id);
    expect(await backend.get(id)).toMatchObject({ status: "paused" });
    expect(restored.map(({ type }) => type)).toContain("restore_checkpoint");
    expect(performed).toEqual(["A"]);
    expect(await pullReplica(backend, storage)).toMatchObject({ runs: 1 });
    expect(storage.getRun(id)).toMatchObject({ state: "paused", pauseReason: "waiting" });
    expect(await pullReplica(backend, storage)).toEqual({ runs: 0, entries: 0 });
    storage.close();
  });

  test("a copy has the files that steps have declared, for the embedded engine to continue with", async () => {
    const workflow = prepareWorkflow(`
name: files
steps:
  - { id: a, agentId: worker, task: A, files: [out/a.bin] }
  - { id: ask, gate: { ask: "Go on?" }, dependencies: [a] }
  - { id: b, agentId: reader, task: "Read \${{ run.dir }}", dependencies: [ask] }
`);
    await using trial = await restateInProcess({
      worker: async ({ runDirectory = "" }) => {
        await mkdir(join(runDirectory, "out"));
        await writeFile(join(runDirectory, "out/a.bin"), Buffer.from([0, 255]));
      },
      reader: () => Promise.reject(new Error("not here")),
    });
    const { backend, folder } = trial;
    const database = join(folder, "copy.db");
    const storage = openSqliteStorage({ path: database });
    const { id } = await backend.start(workflow);
    await rowsOf(backend, id);
    await pullReplica(backend, storage, id);
    storage.close();
    const engine = await WorkflowEngine.open({
      database,
      agents: {
        reader: ({ runDirectory = "" }) => readFile(join(runDirectory, "out/a.bin"), "hex"),
      },
    });
    await engine.adopt(id);
    const handle = await engine.answer(id, "ask", { approved: true });
    expect((await handle?.ending)?.results["b"]).toBe("00ff");
    await engine.close();
  });

  test("a copy is continued by the embedded engine, each step once", async () => {
    await using trial = await restateInProcess({
      worker: ({ stepId }) => Promise.resolve(stepId.repeat(100_000)),
    });
    const { backend, folder } = trial;
    const database = join(folder, "copy.db");
    const storage = openSqliteStorage({ path: database });
    const { id } = await backend.start(WORKFLOW);
    await rowsOf(backend, id);
    await pullReplica(backend, storage, id);
    await backend.send(id, { verb: "cancel" });
    storage.close();
    const performed: string[] = [];
    const engine = await WorkflowEngine.open({
      database,
      agents: {
        worker: ({ stepId }) => Promise.resolve(performed.push(stepId)),
        failing: ({ previousResults, stepId }) => {
          performed.push(stepId);
          return Promise.resolve(Object.keys(previousResults));
        },
      },
    });
    await engine.adopt(id);
    const handle = await engine.answer(id, "ask", { approved: true });
    const ending = await handle?.ending;
    expect(ending?.status).toBe("completed");
    expect(ending?.results["a"]).toBe("a".repeat(100_000));
    expect(performed).toEqual(["b"]);
    await engine.close();
  });
});
