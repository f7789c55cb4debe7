import { startRestate } from "@automatosx/test-servers/restate";
import {
  type AgentRequest,
  prepareWorkflow,
  RUN_STEP_ID,
  runStepAgent,
} from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { RestateBackend, serveRestateWorker } from "../src/index.js";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";
import { restateHarness } from "./support/restate-harness.ts";
import { WorkerProcess } from "./support/worker-process.ts";

function fan(width: number, agentId: string, task = "{}") {
  const steps = Array.from({ length: width }, (_, index) => ({ id: `w${index}`, agentId, task }));
  return prepareWorkflow({ id: "fan", name: "fan", steps });
}

describe("serveRestateWorker", () => {
  test("performs no more attempts of an agent than it has slots", async () => {
    let running = 0;
    let most = 0;
    await using trial = await restateInProcess(
      {
        few: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 30));
          running -= 1;
        },
      },
      { slots: { few: 3 } },
    );
    const { id } = await trial.backend.start(fan(20, "few"));
    const rows = await rowsOf(trial.backend, id);
    expect(rows.at(-1)?.type).toBe("complete_workflow");
    expect(most).toBe(3);
    expect((await trial.backend.check()).agents).toEqual({ few: 3 });
  });

  test("an attempt that waits for a slot can be cancelled", async () => {
    const started: string[] = [];
    await using trial = await restateInProcess(
      {
        one: ({ stepId, signal }: AgentRequest) =>
          new Promise((_, reject) => {
            started.push(stepId);
            signal.addEventListener("abort", () => reject(signal.reason as Error));
          }),
      },
      { slots: { one: 1 } },
    );
    const { backend } = trial;
    const { id } = await backend.start(fan(3, "one"));
    while (started.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await backend.send(id, { verb: "cancel" })).toEqual({ ok: true });
    const rows = await rowsOf(backend, id);
    expect(rows.at(-1)?.type).toBe("cancel_workflow");
    expect(started).toHaveLength(1);
    while (trial.worker.running > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test("a secret is in no row and in no state of the server", async () => {
    const canary = "canary-7f3a";
    await using trial = await restateInProcess(
      { [RUN_STEP_ID]: runStepAgent },
      { secrets: (name) => (name === "TOKEN" ? canary : undefined) },
    );
    const { id } = await trial.backend.start(
      prepareWorkflow(`
name: secret
steps:
  - id: show
    run: { command: [sh, -c, 'printf "%s" "$T" | wc -c'], env: { T: "\${{ secrets.TOKEN }}" } }
`),
    );
    const rows = await rowsOf(trial.backend, id);
    const result = rows.find(({ type }) => type === "step_completed");
    expect(result?.payload).toContain(String(canary.length));
    const state = await trial.server.sql("SELECT value_utf8 FROM state");
    const journal = await trial.server.sql("SELECT * FROM sys_journal");
    expect(state.length).toBeGreaterThan(0);
    expect(JSON.stringify([rows, state, journal])).not.toContain(canary);
  });

  test("an agent that no worker serves is an issue, and a run waits for it", async () => {
    await using trial = await restateInProcess({ known: () => Promise.resolve("done") });
    const { backend, server, folder } = trial;
    const workflow = fan(1, "late");
    expect(backend.validate(workflow).map(({ code, message }) => [code, message])).toEqual([
      ["AXW1801", "no worker of the backend serves the agent `late`"],
    ]);
    const { id } = await backend.start(workflow);
    const { adminUrl } = server;
    await using late = await serveRestateWorker({
      agents: { late: () => Promise.resolve("late") },
      ...{ listen: "127.0.0.1:0", adminUrl, artifacts: `${folder}/artifacts` },
    });
    const rows = await rowsOf(backend, id);
    expect(rows.at(-1)?.type).toBe("complete_workflow");
    expect(late.running).toBe(0);
    await backend.check();
    expect(backend.validate(workflow)).toEqual([]);
  });

  test("a drained worker finishes its attempts, and another one gets the rest", async () => {
    await using harness = await restateHarness();
    const backend = await harness.open();
    const slow = JSON.stringify({ afterMs: 1500 });
    const workflow = prepareWorkflow({
      id: "rolling",
      name: "rolling",
      steps: [
        ...Array.from({ length: 10 }, (_, n) => ({ id: `a${n}`, agentId: "worker", task: slow })),
        ...Array.from({ length: 10 }, (_, n) => ({
          ...{ id: `b${n}`, agentId: "worker", task: "{}", dependencies: [`a${n}`] },
        })),
      ],
    });
    const { id } = await backend.start(workflow);
    while (harness.agentLog.read().length < 10) await harness.clock.advance(20);
    const newer = await WorkerProcess.start({ ...harness.settings, listen: "127.0.0.1:0" });
    try {
      await harness.worker.drain();
      const rows = await rowsOf(backend, id);
      const started = harness.agentLog.read().filter(({ what }) => what === "started");
      expect(rows.at(-1)?.type).toBe("complete_workflow");
      expect(started).toHaveLength(20);
      const { deployments } = await backend.check();
      expect(deployments.map(({ isDraining, unfinished }) => [isDraining, unfinished])).toEqual([
        [false, 0],
        [true, 0],
      ]);
    } finally {
      await newer.kill();
    }
  });

  test("names a server that does not answer, without its password", async () => {
    const opened = RestateBackend.open({
      url: "http://user:hidden@127.0.0.1:9",
      adminUrl: "http://user:hidden@127.0.0.1:9",
    });
    await expect(opened).rejects.toMatchObject({
      code: "database_busy",
      message: "The admin API of the Restate server at http://127.0.0.1:9 does not answer.",
      remedy: expect.stringMatching(/\?admin=PORT/) as unknown,
    });
    const error = await opened.catch((thrown: unknown) => thrown);
    expect(String((error as Error).stack)).not.toContain("hidden");
  });

  test("names a port at which the other API of the server answers", async () => {
    await using server = await startRestate();
    const { ingressUrl, adminUrl } = server;
    const swapped = RestateBackend.open({ url: adminUrl, adminUrl: ingressUrl });
    await expect(swapped).rejects.toMatchObject({
      code: "database_unusable",
      message: `What answers at ${ingressUrl} is not the admin API of a Restate server.`,
    });
    const backend = await RestateBackend.open({ url: adminUrl, adminUrl });
    expect((await backend.check()).problems).toContain(
      `No run can be started or read: What answers at ${adminUrl} is not the ingress of a Restate server.`,
    );
  });
});
