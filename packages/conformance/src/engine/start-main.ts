// A process that sends the start of a run, and is then killed by its parent.
import { RestateBackend } from "@automatosx/backend-restate";
import { type ExecutionBackend, prepareWorkflow, WorkflowEngine } from "@automatosx/workflow";
import { clientOf } from "./client-of.ts";
import { openPlace } from "./open-place.ts";
import type { StartToSend } from "./start-and-die.ts";

const { place, workflow, options } = JSON.parse(process.argv[2] ?? "{}") as StartToSend;
const backend = await openBackend();
const prepared = prepareWorkflow(workflow.source, { format: workflow.format });
const started = backend.start(prepared, options);
process.send?.("sent", undefined, undefined, () => undefined);
await started;
// Waits to be killed.
setInterval(() => undefined, 1000);

async function openBackend(): Promise<ExecutionBackend> {
  if (place.kind === "restate") return RestateBackend.open(place);
  return clientOf(await WorkflowEngine.open({ storage: await openPlace(place), executes: false }));
}
