// A whole run, to be recorded from outside: begun, its log moved into the file half-way, left by its engine, resumed by
// another, ended. What someone was told goes to the marker file, one call each, so that the recording has it in its order.
import { openSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type Agent, type RunHandle, WorkflowEngine } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { agents, workflow } from "../src/power-loss/small-workflow.ts";

const [database = "", marker = "", durability = "full"] = process.argv.slice(2);
const file = openSync(marker, "w");
let position = 0;

function acknowledge(told: object): void {
  // With a position, so that it is the same kind of call as the engine's.
  position += writeSync(file, `${JSON.stringify(told)}\n`, position);
}

const telling = Object.fromEntries(
  Object.entries(agents).map(([id, agent]): [string, Agent] => [
    id,
    async (request) => {
      acknowledge({ called: request.stepId, attemptNumber: request.attemptNumber });
      await setImmediate();
      return agent(request);
    },
  ]),
);

function open(): Promise<WorkflowEngine> {
  return WorkflowEngine.open({
    database,
    durability: durability === "process" ? "process" : "full",
    agents: telling,
    checkpoint: { every: 3 },
  });
}

async function listen(run: RunHandle, until: (stepId: string) => void): Promise<void> {
  for await (const event of run.events()) {
    acknowledge({ told: event.seq });
    if (event.type === "step_completed") until(event.stepId);
  }
}

const first = await open();
const folder = new Database(database);
const begun = await first.start(workflow);
acknowledge({ started: begun.id });
const { promise: isHalfDone, resolve: halfDone } = Promise.withResolvers<void>();
const listening = listen(begun, (stepId) => {
  // As another process would that looks on: the log goes into the file and is begun again from its front.
  if (stepId === "left") folder.pragma("wal_checkpoint(PASSIVE)");
  if (stepId === "check") halfDone();
});
await isHalfDone;
begun.ending.catch(() => undefined);
folder.close();
await first.close();
await listening;

const second = await open();
const resumed = await second.resume(begun.id);
await listen(resumed, (stepId) => {
  if (stepId !== "write") return;
  void resumed
    .checkpoint("asked")
    .then((checkpointId) => acknowledge({ checkpoint: checkpointId }));
});
const { status, results } = await resumed.ending;
acknowledge({ ended: status, results });
await second.close();
