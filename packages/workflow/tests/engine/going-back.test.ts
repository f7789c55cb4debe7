import { describe, expect, test } from "vitest";
import { checkNotes, RunReader, type WorkflowEngine } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const CHAIN = workflow({
  a: [],
  b: { dependencies: ["a"], task: "do b with ${{ steps.a.output }}" },
  c: { dependencies: ["b"], task: "do c with ${{ steps.b.output }}" },
  other: [],
});

const SCRIPT = {
  ...{ a: { result: "A" }, b: { result: "B" }, c: { result: "C" } },
  other: { result: "O" },
};

/** Lets the run go to its end, and returns how it ended. */
async function end(b: Bench, run: { readonly ending: Promise<unknown> }) {
  return (await b.clock.advanceUntil(run.ending)) as {
    readonly status: string;
    readonly results: Readonly<Record<string, unknown>>;
  };
}

/** A run that failed at its last step, for the commands that go back. */
async function failed(script: Parameters<typeof bench>[0] = {}): Promise<[Bench, string]> {
  const b = await bench({
    ...SCRIPT,
    c: [{ error: "c broke", retryable: false }, { result: "C" }],
    ...script,
  });
  const run = await b.engine.start(CHAIN);
  await end(b, run);
  return [b, run.id];
}

/** The paths and statuses in the view of the database, which notes alone lead to. */
function steps(engine: WorkflowEngine, runId: string): Record<string, string> {
  const { view } = RunReader.open(engine.storage, runId).catchUp();
  expect(checkNotes(engine.storage, runId)).toBeUndefined();
  return Object.fromEntries(view.steps().map(({ id, status }) => [id, status]));
}

describe("engine.editResult", () => {
  test("replaces a result: only steps that used it run again after a resume", async () => {
    const [b, runId] = await failed();
    await using _ = b;
    await b.engine.editResult(runId, "a", "A2", { by: "Ann", note: "typo" });
    const row = b.engine.storage.getRun(runId);
    expect([row?.status, row?.owner, b.agent.started]).toEqual([
      "paused",
      undefined,
      ["a", "other", "b", "c"],
    ]);
    expect(steps(b.engine, runId)).toEqual({
      a: "completed",
      b: "ready",
      c: "pending",
      other: "completed",
    });
    const ending = await end(b, await b.engine.resume(runId));
    expect([ending.status, ending.results, b.agent.started.slice(4)]).toEqual([
      "completed",
      { a: "A2", b: "B", c: "C", other: "O" },
      ["b", "c"],
    ]);
    expect(b.agent.requests.at(-2)?.task).toBe("do b with A2");
  });

  test("starts no dependent of a step that gives the same result again", async () => {
    await using b = await bench({ ...SCRIPT, other: { result: "O", afterMs: 1000 } });
    const run = await b.engine.start(CHAIN);
    await b.clock.settle();
    await b.engine.editResult(run.id, "a", "A2");
    await end(b, run);
    expect(b.agent.started).toEqual(["a", "other", "b", "c", "b"]);
  });

  test("records who edited, and the events and notes say what it makes stale", async () => {
    const [b, runId] = await failed();
    await using _ = b;
    await b.engine.editResult(runId, "a", "A2", { by: "Ann", note: "typo" });
    const entry = [...b.engine.storage.readJournal(runId)].at(-1);
    expect([
      entry?.type,
      entry?.stepId,
      entry?.attemptNumber,
      JSON.parse(entry?.payload ?? ""),
    ]).toEqual([
      "result_edited",
      "a",
      1,
      {
        ...{ result: "A2", recipe: 1, by: "Ann", note: "typo" },
        ...{ kept: 2, stale: ["b", "c"] },
      },
    ]);
    const events = [];
    for await (const event of b.engine.events(runId))
      if (event.seq === entry?.seq) events.push(event);
    expect(events.map(({ runId: _, seq: __, at: ___, ...event }) => event)).toEqual([
      {
        ...{ type: "result_edited", stepId: "a", attemptNumber: 1, by: "Ann", note: "typo" },
        ...{ kept: 2, stale: 2, new: 0, dropped: 0 },
      },
      { type: "run_state", state: "paused", status: "paused" },
    ]);
  });

  test("refuses a step without a result, an older attempt, and a value that is not JSON", async () => {
    const [b, runId] = await failed();
    await using _ = b;
    const before = b.engine.storage.getRun(runId);
    const code = (edit: Promise<unknown>): Promise<unknown> =>
      edit.then(
        () => "accepted",
        (error: { code: string; message: string }) => [error.code, error.message],
      );
    expect([
      await code(b.engine.editResult(runId, "c", 1)),
      await code(b.engine.editResult(runId, "nowhere", 1)),
      await code(b.engine.editResult(runId, "a", 1, { attemptNumber: 2 })),
      await code(b.engine.editResult(runId, "a", () => 1)),
    ]).toEqual([
      [
        "step_not_completed",
        `Step \`c\` of run ${runId} has no result that could be replaced: it is \`failed\`.`,
      ],
      ["invalid_argument", `Run ${runId} has no step \`nowhere\`.`],
      [
        "older_attempt",
        `Step \`a\` of run ${runId} has the result of attempt 1, but the edit names attempt 2.`,
      ],
      ["invalid_argument", expect.stringContaining("`result` cannot be stored")],
    ]);
    expect(b.engine.storage.getRun(runId)).toEqual({
      ...before,
      leaseEpoch: expect.any(Number),
    });
  });

  test("stores a large result as an artifact", async () => {
    const [b, runId] = await failed();
    await using _ = b;
    const large = "x".repeat(300_000);
    await b.engine.editResult(runId, "a", large);
    const entry = [...b.engine.storage.readJournal(runId)].at(-1);
    expect(entry?.payload.startsWith('{"artifact":')).toBe(true);
    const { view } = RunReader.open(b.engine.storage, runId).catchUp();
    expect(view.step("a")?.result).toBe(large);
  });

  test("refuses a completed run, whose fork can be edited", async () => {
    await using b = await bench(SCRIPT);
    const run = await b.engine.start(CHAIN);
    await end(b, run);
    await expect(b.engine.editResult(run.id, "a", "A2")).rejects.toMatchObject({
      code: "run_not_resumable",
    });
  });
});

describe("engine.reopen", () => {
  test("performs a step again, and its dependents if its result differs", async () => {
    const [b, runId] = await failed({ a: [{ result: "A" }, { result: "A2" }] });
    await using _ = b;
    await b.engine.reopen(runId, ["a"]);
    expect(b.agent.started).toEqual(["a", "other", "b", "c"]);
    const ending = await end(b, await b.engine.resume(runId));
    expect([ending.results, b.agent.started.slice(4)]).toEqual([
      { a: "A2", b: "B", c: "C", other: "O" },
      ["a", "b", "c"],
    ]);
  });

  test("keeps the dependents of a step that gives the same result again, unless `downstream` is set", async () => {
    const same = async (downstream: boolean): Promise<readonly string[]> => {
      await using b = await bench({ ...SCRIPT, other: { result: "O", afterMs: 1000 } });
      const run = await b.engine.start(CHAIN);
      await b.clock.settle();
      await b.engine.reopen(run.id, ["a"], { downstream });
      await end(b, run);
      expect(checkNotes(b.engine.storage, run.id)).toBeUndefined();
      return b.agent.started.slice(4);
    };
    expect([await same(false), await same(true)]).toEqual([["a"], ["a", "b", "c"]]);
  });

  test("refuses a step that the run does not have", async () => {
    const [b, runId] = await failed();
    await using _ = b;
    await expect(b.engine.reopen(runId, ["a", "nowhere"])).rejects.toMatchObject({
      code: "invalid_argument",
      message: `Run ${runId} has no step \`nowhere\`.`,
    });
  });
});

describe("engine.amend", () => {
  const amended = workflow({
    a: [],
    b: { dependencies: ["a"], task: "do b well with ${{ steps.a.output }}" },
    c: { dependencies: ["b"], task: "do c with ${{ steps.b.output }}" },
    d: { dependencies: ["c"], task: "do d" },
  });

  test("continues a failed run with another workflow; steps with the same request keep their results", async () => {
    const [b, runId] = await failed({ d: { result: "D" } });
    await using _ = b;
    await b.engine.amend(runId, amended, { by: "Ann" });
    const row = b.engine.storage.getRun(runId);
    const entry = [...b.engine.storage.readJournal(runId)].at(-1);
    const { steps: _steps, ...facts } = JSON.parse(entry?.payload ?? "") as Record<string, unknown>;
    expect([row?.status, row?.stepCount, entry?.type, facts]).toEqual([
      "paused",
      4,
      "definition_changed",
      {
        definitionHash: row?.currentDefinitionHash,
        ...{ policy: expect.any(Object), recipe: 1, by: "Ann" },
        ...{ kept: 1, stale: ["b", "c"], new: ["d"], dropped: ["other"] },
      },
    ]);
    const ending = await end(b, await b.engine.resume(runId));
    expect([ending.status, ending.results, b.agent.started.slice(4)]).toEqual([
      "completed",
      { a: "A", b: "B", c: "C", d: "D" },
      ["b", "c", "d"],
    ]);
    expect(steps(b.engine, runId)).toEqual({
      ...{ a: "completed", b: "completed", c: "completed", d: "completed" },
    });
  });

  test("changes nothing when the workflow is the same", async () => {
    await using b = await bench({ ...SCRIPT, other: { result: "O", afterMs: 1000 } });
    const run = await b.engine.start(CHAIN);
    await b.clock.settle();
    await b.engine.amend(run.id, CHAIN);
    expect((await end(b, run)).status).toBe("completed");
    expect(b.agent.started).toEqual(["a", "other", "b", "c"]);
  });

  test("aborts exactly the running attempts whose request changed", async () => {
    const two = (task: string) =>
      workflow({ left: { task: "do left" }, right: { task }, after: ["left", "right"] });
    await using b = await bench({
      left: { result: "L", afterMs: 1000 },
      right: { result: "R", afterMs: 1000 },
    });
    const run = await b.engine.start(two("do right"));
    await b.clock.settle();
    await b.engine.amend(run.id, two("do right better"));
    await b.clock.settle();
    const ending = await end(b, run);
    expect([ending.status, b.agent.started, b.agent.aborted.length]).toEqual([
      "completed",
      ["left", "right", "right", "after"],
      1,
    ]);
    expect(
      b.engine.storage.listAttempts(run.id).map(({ stepId, status }) => `${stepId} ${status}`),
    ).toEqual(["left completed", "right interrupted", "right completed", "after completed"]);
  });

  test("refuses a workflow with errors, unknown inputs, and a missing agent", async () => {
    await using b = await bench(SCRIPT, { agents: { worker: () => "x" } });
    const run = await b.engine.start(CHAIN);
    await run.pause();
    await end(b, run);
    const code = (edit: Promise<unknown>): Promise<unknown> =>
      edit.then(
        () => "accepted",
        (error: { code: string }) => error.code,
      );
    const before = [...b.engine.storage.readJournal(run.id)].length;
    expect([
      await code(b.engine.amend(run.id, workflow({ a: ["nowhere"] }))),
      await code(b.engine.amend(run.id, CHAIN, { inputs: { town: "Bern" } })),
      await code(b.engine.amend(run.id, workflow({ a: { agentId: "unknown" } }))),
    ]).toEqual(["invalid_definition", "invalid_input", "unknown_agent"]);
    expect([...b.engine.storage.readJournal(run.id)].length).toBe(before);
  });

  test("keeps inputs, fills in new defaults, and takes those that are given", async () => {
    const withInputs = (extra: object) =>
      workflow(
        { a: { task: "do ${{ inputs.town }}" }, b: { task: "do ${{ inputs.tone }}" } },
        {
          inputs: { town: { type: "string" }, tone: { type: "string", default: "dry" }, ...extra },
        },
      );
    await using b = await bench({
      a: { result: "A" },
      b: [{ error: "b broke", retryable: false }, { result: "B" }],
    });
    const run = await b.engine.start(withInputs({}), { inputs: { town: "Bern" } });
    await end(b, run);
    await b.engine.amend(run.id, withInputs({ size: { type: "number", default: 3 } }), {
      inputs: { tone: "warm" },
    });
    const ending = await end(b, await b.engine.resume(run.id));
    expect([ending.status, b.agent.requests.map(({ task }) => task)]).toEqual([
      "completed",
      ["do Bern", "do dry", "do warm"],
    ]);
    const { view } = RunReader.open(b.engine.storage, run.id).catchUp();
    const payload = [...b.engine.storage.readJournal(run.id)].find(
      ({ type }) => type === "definition_changed",
    )?.payload;
    expect([view.steps().length, JSON.parse(payload ?? "")["inputs"]]).toEqual([
      2,
      { town: "Bern", tone: "warm", size: 3 },
    ]);
  });

  test("compares a start with the id of the run with its current workflow", async () => {
    const [b, runId] = await failed({ d: { result: "D" } });
    await using _ = b;
    await b.engine.amend(runId, amended);
    await expect(b.engine.start(CHAIN, { runId })).rejects.toMatchObject({ code: "run_exists" });
    const run = await b.engine.start(amended, { runId });
    expect((await end(b, run)).status).toBe("completed");
  });
});

describe("a run that went back", () => {
  test("is read from a checkpoint under the definition that it has", async () => {
    await using b = await bench({ ...SCRIPT, other: { result: "O", afterMs: 1000 } });
    const run = await b.engine.start(CHAIN);
    await b.clock.settle();
    await b.engine.editResult(run.id, "b", "B2");
    await b.clock.settle();
    const changed = workflow({
      a: [],
      b: { dependencies: ["a"], task: "do b with ${{ steps.a.output }}" },
      z: { dependencies: ["b"], task: "do z with ${{ steps.b.output }}" },
      other: [],
    });
    await b.engine.amend(run.id, changed);
    await b.clock.settle();
    await b.engine.checkpoint(run.id, "here");
    const ending = await end(b, run);
    expect(ending.status).toBe("completed");
    const fromCheckpoint = RunReader.open(b.engine.storage, run.id).catchUp();
    const whole = RunReader.open(b.engine.storage, run.id);
    for (const _ of whole.advance());
    expect(fromCheckpoint.checkpoint).toBeDefined();
    expect(fromCheckpoint.definition.steps.map(({ id }) => id)).toEqual(["a", "b", "z", "other"]);
    expect([fromCheckpoint.view.steps(), fromCheckpoint.view.results()]).toEqual([
      whole.view.steps(),
      whole.view.results(),
    ]);
    expect(whole.view.results()["b"]).toBe("B2");
  });
});
