import { describe, expect, test } from "vitest";
import { Folder, ndjson, workflow } from "./harness/axw.js";

const lines = (text: string): string[] => text.trimEnd().split("\n");

/** The lines of `axw why r` after a run of these steps. */
async function whyAfter(
  steps: string,
  { more = "", afterwards = [] as readonly (readonly string[])[] } = {},
): Promise<readonly string[]> {
  const folder = new Folder({ "flow.yaml": workflow(steps, more) });
  await folder.here(["run", "flow.yaml", "--run-id", "r", "--no-ask"]);
  for (const args of afterwards) await folder.here(args);
  return lines((await folder.here(["why", "r"])).stdout);
}

describe("axw why without a step", () => {
  test("says that a run is completed, and how many failures were tolerated", async () => {
    expect(await whyAfter("  - {id: a, agentId: sh, task: a}\n")).toEqual(["run r is completed"]);
    expect(
      await whyAfter(
        "  - {id: a, agentId: sh, task: a}\n  - {id: b, agentId: bad, task: b, continueOnError: true}\n",
      ),
    ).toEqual(["run r is completed, 1 failure tolerated"]);
  });

  test("names the step that made a run fail, and why it did", async () => {
    expect(await whyAfter("  - {id: a, agentId: bad, task: a}\n")).toEqual([
      "run r failed: step `a` failed: program `sh` exited with code 3: no such luck",
      "a failed: program `sh` exited with code 3: no such luck",
    ]);
  });

  test("names the stop that ended a run", async () => {
    expect(await whyAfter("  - {id: halt, stop: {as: failed, reason: not today}}\n")).toEqual([
      expect.stringMatching(/^run r failed: .*; it was stopped by halt as failed: not today$/),
    ]);
  });

  test("names what a paused run waits for", async () => {
    const gates = "  - {id: a, gate: {ask: A?}}\n  - {id: b, gate: {ask: B?}}\n";
    expect(await whyAfter(gates)).toEqual([
      "run r is paused: it waits for 2 answers: a, b",
      "a waits for an answer: A?",
      "b waits for an answer: B?",
    ]);
  });

  test("says that a budget is used up, that a person paused it, or that it was cancelled", async () => {
    const chain =
      "  - {id: a, agentId: sh, task: a}\n  - {id: b, agentId: sh, task: b, dependencies: [a]}\n";
    expect((await whyAfter(chain, { more: "budget: {launches: 1}" }))[0]).toBe(
      "run r is paused: the budget does not allow another launch: launches 1 of 1 (100 %)",
    );
    const gate = "  - {id: a, gate: {ask: A?}}\n";
    expect(await whyAfter(gate, { afterwards: [["cancel", "r", "--reason", "too late"]] })).toEqual(
      ["run r was cancelled: too late"],
    );
  });

  test("names the running steps of a run, and says that its process is gone", async () => {
    const folder = new Folder({ "flow.yaml": workflow("  - {id: a, agentId: slow, task: a}\n") });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await folder.untilLaunched(1);
    const running = lines((await folder.here(["why", "r"])).stdout);
    run.child.kill("SIGKILL");
    await run.ended;
    const orphaned = lines((await folder.here(["why", "r"])).stdout);
    await folder.here(["pause", "r"]);
    const paused = lines((await folder.here(["why", "r"])).stdout);
    expect([running, orphaned, paused]).toEqual([
      ["run r is running: it performs a", "a is running: attempt 1, agent slow"],
      [
        "run r is orphaned: its process is gone",
        "a was interrupted in attempt 1: the next attempt starts when the run is resumed",
      ],
      ["run r is paused, because a person paused it", expect.stringContaining("a ")],
    ]);
  });

  test("prints the cause of the run as JSON", async () => {
    const folder = new Folder({ "flow.yaml": workflow("  - {id: a, gate: {ask: A?}}\n") });
    await folder.here(["run", "flow.yaml", "--run-id", "r", "--no-ask"]);
    expect(ndjson((await folder.here(["why", "r", "--json"])).stdout)).toEqual([
      {
        ...{ schemaVersion: 2, runId: "r", status: "paused" },
        cause: "run r is paused: it waits for a: A?",
        causes: [{ type: "gate", stepId: "a", ask: "A?" }],
      },
    ]);
  });
});
