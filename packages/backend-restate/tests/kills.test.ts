import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { type RestateHarness, restateHarness } from "./support/restate-harness.ts";

const WIDTH = 100;

/** A hundred attempts in flight, a tenth of which fail once, and a step that joins them. */
function fan(afterMs: number) {
  const ids = Array.from({ length: WIDTH }, (_, index) => `w${index}`);
  const task = (index: number): string =>
    JSON.stringify({ afterMs, ...(index % 10 === 0 && { failUntil: 1 }) });
  return prepareWorkflow({
    id: "fan",
    name: "fan",
    steps: [
      ...ids.map((id, index) => ({
        ...{ id, agentId: "worker", task: task(index), dependencies: [] },
        retry: { max: 1, backoff: "10ms", jitter: "none" },
      })),
      { id: "join", agentId: "worker", task: "{}", dependencies: ids },
    ],
  });
}

/** How often something happened more often than it may. */
interface Damage {
  readonly status: string | undefined;
  readonly startedTwice: number;
  readonly recordedTwice: number;
  readonly interrupted: number;
  readonly attempts: number;
  readonly openAfterwards: number;
}

// The rows are read twice: the copy of the second read must be the same, or it is refused.
async function damageOf(harness: RestateHarness, runId: string): Promise<Damage> {
  const backend = await harness.open();
  for await (const _ of backend.journal(runId));
  const rows = await harness.projection.rows(runId);
  expect(await harness.projection.rows(runId)).toEqual(rows);
  const notes = harness.agentLog.read();
  const started = notes.filter(({ what }) => what === "started").map(nameOf);
  const completed = rows.filter(({ type }) => type === "step_completed").map(nameOf);
  const interrupted = rows.filter(({ payload }) => payload.includes('"reason":"interrupted"'));
  return {
    status: (await backend.get(runId))?.status,
    startedTwice: started.length - new Set(started).size,
    recordedTwice: completed.length - new Set(completed).size,
    interrupted: interrupted.length,
    attempts: started.length,
    openAfterwards: started.length - notes.filter(({ what }) => what !== "started").length,
  };
}

function nameOf(row: { readonly stepId?: string; readonly attemptNumber?: number }): string {
  return `${row.stepId}#${row.attemptNumber}`;
}

async function startedFan(harness: RestateHarness): Promise<string> {
  const backend = await harness.open();
  const { id } = await backend.start(fan(3000));
  for (;;) {
    const started = harness.agentLog.read().filter(({ what }) => what === "started");
    if (started.length >= WIDTH) return id;
    await harness.clock.advance(20);
  }
}

describe("a kill with a hundred attempts in flight", () => {
  test("of the server repeats nothing", async () => {
    await using harness = await restateHarness();
    const runId = await startedFan(harness);
    await harness.server.kill();
    await harness.server.restart();
    expect(await damageOf(harness, runId)).toEqual({
      ...{ status: "completed", startedTwice: 0, recordedTwice: 0 },
      ...{ interrupted: 0, attempts: WIDTH + 10 + 1, openAfterwards: 0 },
    });
  });

  test("of the worker repeats its attempts as new ones", async () => {
    await using harness = await restateHarness();
    const runId = await startedFan(harness);
    await harness.kill();
    const damage = await damageOf(harness, runId);
    expect(damage).toMatchObject({ status: "completed", startedTwice: 0, recordedTwice: 0 });
    expect(damage.interrupted).toBe(WIDTH);
  });

  test("of the worker and the server repeats its attempts as new ones", async () => {
    await using harness = await restateHarness();
    const runId = await startedFan(harness);
    await harness.server.kill();
    const restarted = harness.server.restart();
    await Promise.all([harness.kill(), restarted]);
    const damage = await damageOf(harness, runId);
    expect(damage).toMatchObject({ status: "completed", startedTwice: 0, recordedTwice: 0 });
    expect(damage.interrupted).toBe(WIDTH);
  });

  test("of the worker leaves no program running beside the next attempt", async () => {
    await using harness = await restateHarness({ programs: true });
    const backend = await harness.open();
    const file = join(harness.folder, "pids");
    const command = ["sh", "-c", 'echo $$ >> "$0"; exec sleep 600', file];
    const { id } = await backend.start(
      prepareWorkflow({ name: "program", steps: [{ id: "sleep", run: { command } }] }),
    );
    const pids = (): number[] =>
      existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
    while (pids().length === 0) await harness.clock.advance(20);
    await harness.kill();
    while (pids().length < 2) await harness.clock.advance(20);
    expect(pids().map(isAlive)).toEqual([false, true]);
    expect(await backend.send(id, { verb: "cancel" })).toEqual({ ok: true });
    const records = () => readdirSync(join(harness.folder, "processes"));
    while (records().length > 0) await harness.clock.advance(20);
    expect(pids().map(isAlive)).toEqual([false, false]);
  });
});

// A process that has ended stays listed until its parent has noticed, which may be init.
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
