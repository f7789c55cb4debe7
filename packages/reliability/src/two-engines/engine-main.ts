// The program of an EngineProcess. Its arguments select the task, and it reports to its parent by
// messages.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunHandle, WorkflowEngine, WorkflowError } from "@automatosx/workflow";
import type { Message } from "./messages.ts";
import { timedStorage } from "./timed-storage.ts";
import { LAYERED, SHORT_LEASE_MS, SINGLE, stubborn } from "./workload.ts";

const [folder = "", verb = "", count = "0", stepMs = "0"] = process.argv.slice(2);
const { storage, longestMs } = timedStorage(join(folder, "shared.db"));
const codes = new Map<string, number>();

function countError(error: unknown): void {
  const code = error instanceof WorkflowError ? error.code : String(error);
  codes.set(code, (codes.get(code) ?? 0) + 1);
}

function send(message: Message): void {
  process.send?.(message);
}

/** Starts runs whose agents never answer, until the parent kills this process. */
async function start(): Promise<void> {
  const engine = await WorkflowEngine.open({
    storage,
    agents: { worker: () => new Promise(() => undefined) },
  });
  for (let index = 0; index < Number(count); index += 1) await engine.start(LAYERED);
  send({ type: "started" });
}

/** Recovers the runs of dead owners until every run is completed. */
async function compete(): Promise<void> {
  const calls = join(folder, "calls.txt");
  const engine = await WorkflowEngine.open({
    storage,
    agents: {
      worker: async ({ runId, stepId, attemptNumber }) => {
        appendFileSync(calls, `${runId}/${stepId}#${attemptNumber}\n`);
        await delay(Number(stepMs));
        return stepId;
      },
    },
  });
  send({ type: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  const endings: Promise<unknown>[] = [];
  let claimedCount = 0;
  while (engine.getStats().completed < Number(count)) {
    const { handles, problems } = await engine.recover();
    for (const problem of problems) countError(problem);
    claimedCount += handles.length;
    if (handles.length > 0)
      send({ type: "claimed", at: Date.now(), runIds: handles.map(({ id }) => id) });
    endings.push(...handles.map((handle) => handle.ending.catch(countError)));
    await delay(20);
  }
  await Promise.all(endings);
  await engine.close();
  sendDone(claimedCount);
}

/**
 * Starts one-step runs, whose agents answer once the file `go` exists, and reports how the runs
 * end.
 */
async function hold(): Promise<void> {
  const released = Promise.withResolvers<void>();
  const engine = await WorkflowEngine.open({
    storage,
    agents: {
      worker: async () => {
        await released.promise;
        return "from the stale owner";
      },
    },
  });
  const handles: RunHandle[] = [];
  for (let index = 0; index < Number(count); index += 1) handles.push(await engine.start(SINGLE));
  send({ type: "started" });
  while (!existsSync(join(folder, "go"))) await delay(20);
  released.resolve();
  await Promise.all(
    handles.map((handle) =>
      handle.ending.then(() => countError("the ending was accepted"), countError),
    ),
  );
  await engine.close();
  sendDone(0);
}

/**
 * Starts runs whose programs ignore TERM, under short leases, and reports how the runs end. The
 * engine opens the database itself, so that a lock delays it for less than a lease.
 */
async function programs(): Promise<void> {
  const database = join(folder, "shared.db");
  const engine = await WorkflowEngine.open({ database, leaseMs: SHORT_LEASE_MS });
  const handles: RunHandle[] = [];
  for (let index = 0; index < Number(count); index += 1)
    handles.push(await engine.start(stubborn(folder)));
  send({ type: "started" });
  await Promise.all(
    handles.map(({ ending }) =>
      ending.then(() => countError("the ending was accepted"), countError),
    ),
  );
  await engine.close();
  sendDone(0);
}

function sendDone(claimedCount: number): void {
  send({ type: "done", claimedCount, longestMs: longestMs(), codes: Object.fromEntries(codes) });
  storage.close();
  process.disconnect();
}

await { start, compete, hold, programs }[verb as "start" | "compete" | "hold" | "programs"]();
