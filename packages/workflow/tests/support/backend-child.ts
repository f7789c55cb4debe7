// A process with one engine, driven over IPC: starts runs, sends commands, and records its agents'
// actions in a file. Run by Node from the built package.
import { appendFileSync } from "node:fs";
import { type RunCommand, WorkflowEngine } from "../../dist/index.js";
import { conformanceAgent } from "../../dist/testing/index.js";

interface Asked {
  readonly id: number;
  readonly verb: "start" | "send";
  readonly given: readonly [string, object];
}

const [database = "", log = ""] = process.argv.slice(2);

const engine = await WorkflowEngine.open({
  database,
  agents: { "*": conformanceAgent((note) => appendFileSync(log, `${JSON.stringify(note)}\n`)) },
});

async function perform({ verb, given: [first, second] }: Asked): Promise<unknown> {
  if (verb === "send") return engine.send(first, second as RunCommand);
  const { id, workflowId } = await engine.start(first, second);
  return { id, workflowId };
}

process.on("message", (asked: Asked) => {
  perform(asked).then(
    (value) => process.send?.({ id: asked.id, value }),
    ({ code, message }: { code?: string; message: string }) =>
      process.send?.({ id: asked.id, error: { code, message } }),
  );
});
// The parent process has exited.
process.on("disconnect", () => process.exit());
process.send?.("ready");
