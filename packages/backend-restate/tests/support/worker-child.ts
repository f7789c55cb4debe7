// A worker in a process of its own, whose agents note in a file what they do. Run by Node from the
// built package.
import { appendFileSync } from "node:fs";
import { openSqliteStorage, RUN_STEP_ID, runStepAgent } from "@automatosx/workflow";
import { conformanceAgent } from "@automatosx/workflow/testing";
import { type RestateWorkerOptions, serveRestateWorker } from "../../dist/index.js";

/** What the parent process gives as the first argument, as JSON. */
export interface WorkerSettings extends Omit<RestateWorkerOptions, "agents" | "sink"> {
  /** The file of the notes. */
  readonly log: string;
  readonly agentIds: readonly string[];
  /** Whether the worker performs the programs of workflows. */
  readonly programs?: boolean;
  /** The path of the database for the rows. */
  readonly database?: string;
}

const [given = "{}"] = process.argv.slice(2);
const { log, agentIds, programs, database, ...options } = JSON.parse(given) as WorkerSettings;
const agent = conformanceAgent((note) => appendFileSync(log, `${JSON.stringify(note)}\n`));
const worker = await serveRestateWorker({
  ...options,
  agents: {
    ...Object.fromEntries(agentIds.map((id) => [id, agent])),
    ...(programs === true && { [RUN_STEP_ID]: runStepAgent }),
  },
  ...(database !== undefined && { sink: openSqliteStorage({ path: database }) }),
  onProblem: ({ message }) =>
    appendFileSync(log, `${JSON.stringify({ what: "problem", message })}\n`),
});

process.on("message", (verb: string) => {
  if (verb === "drain") void worker.drain(60_000).then(() => process.send?.("drained"));
});
// The parent process has exited.
process.on("disconnect", () => process.exit());
process.send?.("ready");
