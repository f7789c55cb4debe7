import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSqliteStorage, WorkflowEngine } from "@automatosx/workflow";
import { expect, onTestFinished, test } from "vitest";
import { processAgent } from "../src/process/process-agent.js";
import { testRequest } from "../src/testing/index.js";
import { failureOf } from "./support/failure.js";
import {
  eventually,
  fixture,
  isAlive,
  marked,
  pidsIn,
  temporaryFolder,
} from "./support/processes.js";

test("a program that clears its environment and outlives its engine is ended before the step is retried", async () => {
  const folder = await temporaryFolder();
  const [database, pids] = [join(folder, "workflow.db"), join(folder, "pids")];
  // The program clears its environment, so it can be found only by its process group, which was
  // recorded before it received the task.
  const script = `read task; echo "$task" >"${pids}.task"; echo $$ >"${pids}"; exec sleep 300`;
  const command = ["env", "-i", "/bin/bash", "-c", script];
  const modules = [
    import.meta.resolve("../dist/index.js"),
    import.meta.resolve("@automatosx/workflow"),
  ];
  const engine = spawn(
    process.execPath,
    [fixture("killed-engine.mjs"), ...modules, database, ...command],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  onTestFinished(() => void engine.kill("SIGKILL"));
  const [line] = (await once(engine.stdout, "data")) as [Buffer];
  const runId = line.toString().trim();
  await eventually(
    "the program has its task",
    async () => (await pidsIn(pids).catch(() => [])).length === 1,
  );
  const [program = 0] = await pidsIn(pids);
  engine.kill("SIGKILL");
  await once(engine, "exit");
  const left = {
    alive: isAlive(program),
    marked: marked(`${runId}/`),
    task: (await readFile(`${pids}.task`, "utf8")).trim(),
  };

  const storage = openSqliteStorage({ path: database });
  const kept = storage
    .agentProcesses(runId)
    .map(({ pid, stepId, attemptNumber }) => ({ pid, stepId, attemptNumber }));
  let seen: boolean | undefined;
  const agent = processAgent({ command });
  const execute = (): Promise<string> => {
    seen = isAlive(program);
    return Promise.resolve("again");
  };
  await using next = await WorkflowEngine.open({
    storage,
    agents: { program: { ...agent, execute } },
  });
  const { results } = await (await next.resume(runId)).ending;
  expect({ left, kept, results, seen }).toEqual({
    left: { alive: true, marked: [], task: "go" },
    kept: [{ pid: program, stepId: "long", attemptNumber: 1 }],
    results: { long: "again" },
    seen: false,
  });
});

test("a program whose process group cannot be recorded is ended and gets no task", async () => {
  const task = join(await temporaryFolder(), "task");
  const { request } = testRequest();
  const full = new Error("the disk is full");
  const agent = processAgent({ command: ["/bin/sh", "-c", `cat >"${task}"; exec sleep 300`] });
  const failure = await failureOf(
    agent.execute({ ...request, recordProcess: () => Promise.reject(full) }),
  );
  expect([
    failure,
    marked(request.idempotencyKey),
    await readFile(task, "utf8").catch(() => ""),
  ]).toEqual([full, [], ""]);
});
