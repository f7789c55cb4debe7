// A run to be recorded by strace: started by one engine, its log checkpointed into the file
// halfway, then resumed and ended by another engine. Each report to a caller is written separately
// to the marker file, so that the recording contains the reports in order.
import { openSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type Agent, type RunHandle, WorkflowEngine } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { agents, workflow } from "../src/power-loss/recorded-workflow.ts";

const [database = "", marker = "", durability = "full"] = process.argv.slice(2);
const file = openSync(marker, "w");
let position = 0;

function acknowledge(report: object): void {
  // With a position, so that the system call is pwrite64, like the engine's.
  position += writeSync(file, `${JSON.stringify(report)}\n`, position);
}

const reportingAgents = Object.fromEntries(
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
    agents: reportingAgents,
    checkpoint: { every: 3 },
  });
}

async function follow(run: RunHandle, onCompleted: (stepId: string) => void): Promise<void> {
  for await (const event of run.events()) {
    acknowledge({ seq: event.seq });
    if (event.type === "step_completed") onCompleted(event.stepId);
  }
}

const first = await open();
const connection = new Database(database);
const started = await first.start(workflow);
acknowledge({ started: started.id });
const { promise: isHalfDone, resolve: halfDone } = Promise.withResolvers<void>();
const following = follow(started, (stepId) => {
  // As another process would do: the log is copied into the file and restarts from its beginning.
  if (stepId === "left") connection.pragma("wal_checkpoint(PASSIVE)");
  if (stepId === "check") halfDone();
});
await isHalfDone;
started.ending.catch(() => undefined);
connection.close();
await first.close();
await following;

const second = await open();
const resumed = await second.resume(started.id);
await follow(resumed, (stepId) => {
  if (stepId !== "write") return;
  void resumed
    .checkpoint("asked")
    .then((checkpointId) => acknowledge({ checkpoint: checkpointId }));
});
const { status, results } = await resumed.ending;
acknowledge({ ended: status, results });
await second.close();
