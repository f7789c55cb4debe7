import { symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { engineControl } from "../../src/server/engine-control.js";
import { type Dashboard, HOST, Served } from "../support/served.js";
import { until } from "../support/until.js";

const CHAIN = JSON.stringify({
  id: "chain",
  steps: [
    { id: "one", agentId: "worker", task: "one" },
    { id: "two", agentId: "worker", task: "two", dependencies: ["one"] },
  ],
});

/** A step that may fail, and a gate that holds the run. */
const TOLERANT = JSON.stringify({
  id: "tolerant",
  steps: [
    { id: "two", agentId: "worker", task: "two", continueOnError: true },
    { id: "gate", gate: { ask: "Go on?" } },
  ],
});

/** Sends a change to a route, as the page does. */
async function post(
  dashboard: Dashboard,
  route: string,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await dashboard.request(`/api/v1${route}`, {
    method: "POST",
    headers: { Origin: `http://${HOST}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** An agent that fails until it is allowed to work, and counts its calls by step. */
class Worker {
  readonly calls: string[] = [];
  isBroken = false;
  readonly agent = async ({ stepId }: { stepId: string }): Promise<string> => {
    this.calls.push(stepId);
    if (this.isBroken && stepId === "two") throw new Error("broken");
    return `did ${stepId}`;
  };
}

async function failedRun(served: Served, worker: Worker) {
  worker.isBroken = true;
  const engine = await served.engine({ worker: worker.agent });
  const run = await engine.start(CHAIN);
  await run.ending;
  worker.isBroken = false;
  const dashboard = served.dashboard({ control: engineControl(engine) });
  return { engine, runId: run.id, dashboard };
}

async function statusOf(engine: WorkflowEngine, runId: string): Promise<string> {
  return (await engine.waitForCompletion(runId)).status;
}

describe("a change of a run", () => {
  test("resumes a failed run: only its failed step is performed again", async () => {
    await using served = new Served();
    const worker = new Worker();
    const { engine, runId, dashboard } = await failedRun(served, worker);
    expect(await post(dashboard, `/runs/${runId}/resume`)).toMatchObject({
      status: 202,
      body: { runId },
    });
    expect(await statusOf(engine, runId)).toBe("completed");
    expect(worker.calls).toEqual(["one", "two", "two"]);
  });

  test("performs the given steps again", async () => {
    await using served = new Served();
    const worker = new Worker();
    const { engine, runId, dashboard } = await failedRun(served, worker);
    const retry = { steps: ["one"] };
    expect(await post(dashboard, `/runs/${runId}/retry`, retry)).toMatchObject({ status: 202 });
    expect(await statusOf(engine, runId)).toBe("completed");
    expect(worker.calls).toEqual(["one", "two", "one", "two"]);
  });

  test("performs the failed steps of a paused run again", async () => {
    await using served = new Served();
    const worker = new Worker();
    worker.isBroken = true;
    const engine = await served.engine({ worker: worker.agent });
    const run = await engine.start(TOLERANT);
    await until(
      () => engine.get(run.id),
      (found) => found?.status === "paused",
    );
    worker.isBroken = false;
    const dashboard = served.dashboard({ control: engineControl(engine) });
    const { actions } = await dashboard.get<{ actions: Record<string, object> }>(`/runs/${run.id}`);
    expect(actions["retry"]).toEqual({
      can: true,
      command: `axw retry ${run.id.slice(-6)} --step two`,
    });
    const retry = { steps: "failed" };
    expect(await post(dashboard, `/runs/${run.id}/retry`, retry)).toMatchObject({ status: 202 });
    await until(
      async () => worker.calls.length,
      (count) => count === 2,
    );
    expect(worker.calls).toEqual(["two", "two"]);
    await until(
      () => engine.get(run.id),
      (found) => found?.status === "paused",
    );
    expect(await post(dashboard, `/runs/${run.id}/retry`, retry)).toMatchObject({
      status: 409,
      body: { code: "event_refused" },
    });
  });

  test("forks a run, and starts nothing", async () => {
    await using served = new Served();
    const worker = new Worker();
    const { engine, runId, dashboard } = await failedRun(served, worker);
    const { status, body } = await post(dashboard, `/runs/${runId}/fork`);
    expect(status).toBe(202);
    expect(body["runId"]).not.toBe(runId);
    expect(await engine.get(String(body["runId"]))).toMatchObject({
      status: "paused",
      forkedFrom: { runId },
    });
    expect(worker.calls).toEqual(["one", "two"]);
  });

  test("starts a file below the folder, at most once for each run id", async () => {
    await using served = new Served();
    const worker = new Worker();
    const engine = await served.engine({ worker: worker.agent });
    const dashboard = served.dashboard({ control: engineControl(engine) });
    writeFileSync(path.join(served.folder, "chain.json"), CHAIN);
    const start = { workflow: "chain.json", runId: "from-the-page" };
    for (let time = 0; time < 2; time += 1)
      expect(await post(dashboard, "/runs", start)).toMatchObject({
        status: 202,
        body: { runId: "from-the-page" },
      });
    expect(await statusOf(engine, "from-the-page")).toBe("completed");
    expect(worker.calls).toEqual(["one", "two"]);
  });

  test.each([
    ["a file outside the folder", { workflow: "/etc/hostname" }, 400, "invalid_request"],
    ["a path that leaves the folder", { workflow: "../../etc/hostname" }, 400, "invalid_request"],
    ["a missing file outside the folder", { workflow: "../none.yaml" }, 400, "invalid_request"],
    ["a link that leads out of the folder", { workflow: "link.yaml" }, 400, "invalid_request"],
    ["a file that does not exist", { workflow: "none.yaml" }, 404, "not_found"],
    ["a start without a file", {}, 400, "invalid_request"],
  ])("refuses %s", async (_, body, status, code) => {
    await using served = new Served();
    const engine = await served.engine({});
    const dashboard = served.dashboard({ control: engineControl(engine) });
    symlinkSync("/etc/hostname", path.join(served.folder, "link.yaml"));
    expect(await post(dashboard, "/runs", body)).toMatchObject({ status, body: { code } });
  });

  test("says why a completed run cannot be paused, with the code of the engine", async () => {
    await using served = new Served();
    const worker = new Worker();
    const { engine, runId, dashboard } = await failedRun(served, worker);
    await engine.resume(runId);
    await statusOf(engine, runId);
    const refused = await post(dashboard, `/runs/${runId}/pause`);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "run_not_resumable", runId });
  });

  test.each([
    ["from another site", { Origin: "http://evil.example" }, 403, "origin_refused"],
    ["without an origin", { Origin: "" }, 403, "origin_refused"],
    ["as a form", { "Content-Type": "text/plain" }, 400, "invalid_request"],
    ["without the key", { Authorization: "" }, 401, "key_refused"],
    ["for another host", { Host: "evil.example" }, 403, "host_refused"],
  ])("is refused %s", async (_, headers, status, code) => {
    await using served = new Served();
    const worker = new Worker();
    const { runId, dashboard } = await failedRun(served, worker);
    const refused = await post(dashboard, `/runs/${runId}/resume`, {}, headers);
    expect(refused).toMatchObject({ status, body: { code } });
    expect(worker.calls).toEqual(["one", "two"]);
  });

  test("is refused by a server that only shows runs", async () => {
    await using served = new Served();
    const worker = new Worker();
    const { engine, runId } = await failedRun(served, worker);
    const dashboard = served.dashboard({ control: engineControl(engine), isReadOnly: true });
    expect(await post(dashboard, `/runs/${runId}/resume`)).toMatchObject({
      status: 403,
      body: { code: "read_only" },
    });
  });
});

describe("what can be done with a run", () => {
  test("depends on its state, and comes with the command that does the same", async () => {
    await using served = new Served();
    const { engine, runId, dashboard } = await failedRun(served, new Worker());
    const { actions } = await dashboard.get<{ actions: Record<string, object> }>(`/runs/${runId}`);
    const run = runId.slice(-6);
    expect(actions).toEqual({
      pause: { can: false, because: "The run has failed.", command: `axw pause ${run}` },
      cancel: {
        can: false,
        because: "The run has failed, so nothing is left to end.",
        command: `axw cancel ${run}`,
      },
      checkpoint: { can: false, because: "The run has failed.", command: `axw checkpoint ${run}` },
      resume: { can: true, command: `axw resume ${run}` },
      retry: { can: true, command: `axw resume ${run}` },
      restore: {
        can: false,
        because: "The run has no checkpoint.",
        command: "axw resume CHECKPOINT",
      },
      fork: { can: true, command: `axw fork ${run}` },
    });
    await engine.resume(runId);
    await statusOf(engine, runId);
    const after = await dashboard.get<{ actions: Record<string, object> }>(`/runs/${runId}`);
    expect(after.actions["resume"]).toEqual({
      can: false,
      because: "The run is completed.",
      command: `axw resume ${run}`,
    });
  });
});
