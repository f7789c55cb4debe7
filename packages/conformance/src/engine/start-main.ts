// A process that sends the start of a run, and is then killed by its parent.
import { WorkflowEngine } from "@automatosx/workflow";
import { openPlace } from "./open-place.ts";
import type { StartToSend } from "./start-and-die.ts";

const { place, workflow, options } = JSON.parse(process.argv[2] ?? "{}") as StartToSend;
const engine = await WorkflowEngine.open({ storage: await openPlace(place), executes: false });
const { source, format } = workflow;
const started = engine.enqueue(source, { ...options, format });
process.send?.("sent", () => undefined);
await started;
// Waits to be killed.
setInterval(() => undefined, 1000);
