// The process that the recovery tests of the language kill: it starts or resumes a workflow, and
// notes each attempt that begins. What an agent does is in its task. Run by Node from the built
// package.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { AgentError, WorkflowEngine } from "../../dist/index.js";

const [database = "", launches = "", verb = "", argument = ""] = process.argv.slice(2);

const engine = await WorkflowEngine.open({
  database,
  agents: {
    // Starts a process that does not end when the attempt is stopped.
    stubborn: {
      execute: async ({ recordProcess }) => {
        const { pid = 0 } = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
        await recordProcess?.(pid);
        process.stdout.write(`orphan ${pid}\n`);
        return new Promise(() => undefined);
      },
      reclaim: async (_key, groups) => {
        for (const group of groups) process.kill(-group, "SIGKILL");
        process.stdout.write(`ended ${groups.join()}\n`);
      },
    },
    worker: async ({ stepId, attemptNumber, task, signal }) => {
      appendFileSync(launches, `${stepId}/${attemptNumber}\n`);
      const isFirst = attemptNumber === 1;
      if (task.startsWith("hang") && isFirst) {
        process.stdout.write(`hangs in ${stepId}\n`);
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      }
      if (task.startsWith("limit") && isFirst)
        throw new AgentError("quota", { class: "rate_limit", retryAt: Date.now() + 2000 });
      const [, json] = task.split(" = ");
      return json === undefined ? stepId : (JSON.parse(json) as unknown);
    },
  },
});
const run = verb === "start" ? await engine.start(argument) : await engine.resume(argument);
process.stdout.write(`run ${run.id}\n`);
const { status, pausedFor, waitsFor, results, error } = await run.ending;
process.stdout.write(`ending ${JSON.stringify({ status, pausedFor, waitsFor, results, error })}\n`);
await engine.close();
