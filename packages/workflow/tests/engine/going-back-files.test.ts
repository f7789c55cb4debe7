import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type AgentRequest, RunReader, WorkflowEngine } from "../../src/index.js";
import { workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-going-back-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Place extends AsyncDisposable {
  readonly engine: WorkflowEngine;
  readonly calls: string[];
  read(runId: string, file: string): string;
  spoil(runId: string, file: string): void;
}

/** An engine whose agent writes `STEP.md` with what it is asked, and fails at `broken`. */
async function place(name: string, seen: (request: AgentRequest) => void): Promise<Place> {
  const database = join(folder, name, "workflow.db");
  const calls: string[] = [];
  const engine = await WorkflowEngine.open({
    database,
    agents: {
      worker: (request: AgentRequest) => {
        const { stepId, task, runDirectory = "", attemptNumber } = request;
        calls.push(stepId);
        seen(request);
        if (task === "broken" && attemptNumber === 1) throw new Error("broken");
        writeFileSync(join(runDirectory, `${stepId}.md`), task);
        return stepId;
      },
    },
  });
  const file = (runId: string, path: string) => join(folder, name, "runs", runId, path);
  return {
    engine,
    calls,
    read: (runId, path) => readFileSync(file(runId, path), "utf8"),
    spoil: (runId, path) => writeFileSync(file(runId, path), "spoilt"),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

const flow = (first: string) =>
  workflow({
    first: { task: first },
    kept: { dependencies: ["first"], task: "kept", files: ["kept.md"] },
    user: { dependencies: ["kept"], task: "user" },
    last: { dependencies: ["user"], task: "broken" },
  });

describe("declared files after a run went back", () => {
  test("are what they were before the first attempt, for results that stay", async () => {
    await using p = await place("stay", () => undefined);
    const run = await p.engine.start(flow("first"));
    await run.ending;
    p.spoil(run.id, "kept.md");
    await p.engine.reopen(run.id, ["user"]);
    expect(p.read(run.id, "kept.md")).toBe("spoilt");
    expect((await (await p.engine.resume(run.id)).ending).status).toBe("completed");
    expect(p.read(run.id, "kept.md")).toBe("kept");
  });

  test("are what they were before an attempt that a result taken later makes ready", async () => {
    let spoil = (): void => undefined;
    const seen: string[] = [];
    let read = (): string => "";
    await using p = await place("later", ({ stepId, attemptNumber }) => {
      // An attempt that runs before the result is taken changes the file.
      if (stepId === "first" && attemptNumber === 2) spoil();
      if (stepId === "last") seen.push(read());
    });
    const run = await p.engine.start(flow("first"));
    spoil = () => p.spoil(run.id, "kept.md");
    read = () => p.read(run.id, "kept.md");
    await run.ending;
    // `first` gives the same again, so `kept` and `user` keep what they gave.
    await p.engine.reopen(run.id, ["first"]);
    expect((await (await p.engine.resume(run.id)).ending).status).toBe("completed");
    expect([p.calls, seen]).toEqual([
      ["first", "kept", "user", "last", "first", "last"],
      ["kept", "kept"],
    ]);
    const reused = [];
    for await (const event of p.engine.events(run.id))
      if (event.type === "step_reused") reused.push(event.stepId);
    expect(reused).toEqual(["kept", "user"]);
  });

  test("of a step that runs again stay on disk until it writes them", async () => {
    const seen: string[] = [];
    let read = (): string => "";
    await using p = await place("stale", ({ stepId, attemptNumber }) => {
      if (stepId === "kept" && attemptNumber === 2) seen.push(read());
    });
    const run = await p.engine.start(flow("first"));
    read = () => p.read(run.id, "kept.md");
    await run.ending;
    await p.engine.reopen(run.id, ["kept"]);
    await (await p.engine.resume(run.id)).ending;
    expect(seen).toEqual(["kept"]);
  });
});

describe("a run with results on offer", () => {
  test("is read from a checkpoint with them, in another engine", async () => {
    const database = join(folder, "offers.db");
    const calls: string[] = [];
    const slow = Promise.withResolvers<void>();
    const open = (isSlow: boolean) =>
      WorkflowEngine.open({
        database,
        agents: {
          worker: async ({ stepId, attemptNumber, signal }: AgentRequest) => {
            calls.push(`${stepId}/${attemptNumber}`);
            if (isSlow && stepId === "a" && attemptNumber === 2) {
              slow.resolve();
              await new Promise((_, reject) => signal.addEventListener("abort", reject));
            }
            return stepId;
          },
          gone: () => Promise.reject(new Error("broken")),
        },
      });
    const source = workflow({ a: [], b: ["a"], c: { dependencies: ["b"], agentId: "gone" } });
    const first = await open(true);
    const run = await first.start(source);
    await run.ending;
    await first.reopen(run.id, ["a"]);
    const resumed = await first.resume(run.id);
    await slow.promise;
    await resumed.checkpoint("with offers");
    await first.close();
    await using second = await open(false);
    const reader = RunReader.open(second.storage, run.id).catchUp();
    expect([reader.checkpoint === undefined, reader.view.step("b")?.status]).toEqual([
      false,
      "pending",
    ]);
    expect((await (await second.resume(run.id)).ending).status).toBe("failed");
    // `a` gives the same again: `b` has its result without another attempt.
    expect(calls).toEqual(["a/1", "b/1", "a/2", "a/3"]);
    expect(RunReader.open(second.storage, run.id).catchUp().view.results()["b"]).toBe("b");
  });
});
