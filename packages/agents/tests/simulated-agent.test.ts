import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { simulatedAgent } from "../src/simulated/simulated-agent.js";
import { testRequest } from "../src/testing/index.js";

describe("a simulated agent", () => {
  test("marks its result and every line of its log as simulated", async () => {
    const { request, logged } = testRequest({
      agentId: "writer",
      stepId: "draft",
      task: `write\n\u001b[31m${"a long text ".repeat(9)}`,
    });
    const result = await simulatedAgent().execute(request);
    const summary =
      "[simulated] writer would have done draft: write a long text a long text a long text a " +
      "long text a lon… (e0d93db4)";
    expect([result, logged.map(({ text }) => text)]).toEqual([
      { simulated: true, agentId: "writer", stepId: "draft", summary },
      ["[simulated] writer begins attempt 1 at draft\n", `${summary}\n`],
    ]);
  });

  test("ends the program of an orphaned attempt that a real agent performed", async () => {
    const child = spawn("sleep", ["60"], {
      env: { ...process.env, AX_ATTEMPT: "r/s/1", AX_ATTEMPT_TOKEN: "r/s/1@t" },
      detached: true,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    await simulatedAgent().reclaim?.("r/s/1", [child.pid ?? 0], ["r/s/1@t"]);
    expect(await ended).toBe("SIGTERM");
  });

  test("returns equal results only for the same step, task and attempt", async () => {
    const ask = (stepId: string, task: string, attemptNumber: number): Promise<unknown> =>
      simulatedAgent().execute(testRequest({ stepId, task, attemptNumber }).request);
    const answers = await Promise.all([
      ask("a", "t", 1),
      ask("a", "t", 1),
      ask("b", "t", 1),
      ask("a", "u", 1),
      ask("a", "t", 2),
    ]);
    const distinct = new Set(answers.map((answer) => JSON.stringify(answer)));
    expect([answers[0], distinct.size]).toEqual([answers[1], 4]);
  });
});
