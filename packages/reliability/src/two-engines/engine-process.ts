// An engine in a process of its own. What it is to do comes as arguments, what it saw goes to its parent as messages.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunHandle, WorkflowEngine, WorkflowError } from "@automatosx/workflow";
import type { Message } from "./messages.ts";
import { timedStorage } from "./timed-storage.ts";
import { LAYERED, SINGLE } from "./workload.ts";

const [folder = "", verb = "", count = "0", stepMs = "0"] = process.argv.slice(2);
const { storage, longestMs } = timedStorage(join(folder, "shared.db"));
const codes = new Map<string, number>();

function note(error: unknown): void {
  const code = error instanceof WorkflowError ? error.code : String(error);
  codes.set(code, (codes.get(code) ?? 0) + 1);
}

function tell(message: Message): void {
  process.send?.(message);
}

/** Begins runs whose agents never answer; it is to be killed. */
async function begin(): Promise<void> {
  const engine = await WorkflowEngine.open({
    storage,
    agents: { worker: () => new Promise(() => undefined) },
  });
  for (let index = 0; index < Number(count); index += 1) await engine.start(LAYERED);
  tell({ type: "begun" });
}

/** Takes up whatever has a dead owner until every run is completed. */
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
  tell({ type: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  const endings: Promise<unknown>[] = [];
  let takenUp = 0;
  while (engine.getStats().completed < Number(count)) {
    const { handles, problems } = await engine.recover();
    for (const problem of problems) note(problem);
    takenUp += handles.length;
    if (handles.length > 0)
      tell({ type: "taken-up", at: Date.now(), runIds: handles.map(({ id }) => id) });
    endings.push(...handles.map((handle) => handle.ending.catch(note)));
    await delay(20);
  }
  await Promise.all(endings);
  await engine.close();
  tell({ type: "done", takenUp, longestMs: longestMs(), codes: Object.fromEntries(codes) });
  storage.close();
  process.disconnect();
}

/** Begins runs of one step, whose agents answer once the file `go` is there; tells how the runs ended here. */
async function hold(): Promise<void> {
  const gone = Promise.withResolvers<void>();
  const engine = await WorkflowEngine.open({
    storage,
    agents: {
      worker: async () => {
        await gone.promise;
        return "from the stale owner";
      },
    },
  });
  const handles: RunHandle[] = [];
  for (let index = 0; index < Number(count); index += 1) handles.push(await engine.start(SINGLE));
  tell({ type: "begun" });
  while (!existsSync(join(folder, "go"))) await delay(20);
  gone.resolve();
  await Promise.all(
    handles.map((handle) => handle.ending.then(() => note("the ending was accepted"), note)),
  );
  await engine.close();
  tell({ type: "done", takenUp: 0, longestMs: longestMs(), codes: Object.fromEntries(codes) });
  storage.close();
  process.disconnect();
}

await { begin, compete, hold }[verb as "begin" | "compete" | "hold"]();
