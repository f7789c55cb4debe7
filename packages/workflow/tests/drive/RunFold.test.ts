import { describe, expect, test } from "vitest";
import { definitionChange } from "../../src/drive/definition-change.js";
import { RunFold, type SavedFold } from "../../src/drive/RunFold.js";
import type { RunStart } from "../../src/drive/RunStart.js";
import { storedDefinition } from "../../src/drive/stored-definition.js";
import type { Turn } from "../../src/drive/Turn.js";
import { Context, Machine, prepareWorkflow } from "../../src/index.js";
import { workflow } from "../support/workflows.js";

function startOf(workflow: object, rest: Partial<RunStart> = {}): RunStart {
  const { definition, source, format } = prepareWorkflow(workflow);
  return {
    runId: "r",
    createdAt: 1000,
    definition,
    source,
    format,
    inputs: {},
    context: {},
    policy: {},
    ...rest,
  };
}

const ids = (): { next: () => string } => {
  let given = 0;
  return { next: () => `id-${(given += 1)}` };
};

const started = (start: RunStart): RunFold => {
  const fold = new RunFold(start, ids());
  fold.begin(1001);
  return fold;
};

const rows = ({ entries }: Turn): unknown[] =>
  entries.map(({ seq, type, at, stepId }) => [
    seq,
    type,
    at,
    ...(stepId === undefined ? [] : [stepId]),
  ]);

const completed = (stepId: string, result: unknown, attemptNumber = 1) =>
  ({ type: "step_completed", stepId, attemptNumber, result }) as const;

const failedAttempt = (stepId: string, attemptNumber = 1) =>
  ({
    type: "step_failed",
    stepId,
    attemptNumber,
    error: "boom",
    reason: "error",
    chance: 0.5,
  }) as const;

describe("RunFold.turn", () => {
  test("returns, at the start of a run, every row up to the first attempts and their effects", () => {
    const turn = started(startOf(workflow({ a: [], b: ["a"] }))).turn();
    expect([rows(turn), turn.run, turn.effects]).toEqual([
      [
        [1, "initiate_workflow", 1001],
        [2, "workflow_parsed", 1001],
        [3, "workflow_valid", 1001],
        [4, "graph_built", 1001],
        [5, "steps_scheduled", 1001],
        [6, "execute_step_batch", 1001],
      ],
      { state: "awaiting_completion", status: "running", updatedAt: 1001 },
      [{ type: "run_step", stepId: "a", attemptNumber: 1 }],
    ]);
  });

  test("is empty when nothing has happened, and has no row when the state is unchanged", () => {
    const fold = started(startOf(workflow({ a: [], b: ["a"] })));
    const { machine } = fold.turn();
    expect([fold.isPending, fold.turn()]).toEqual([
      false,
      {
        machine,
        entries: [],
        checkpoints: [],
        artifacts: [],
        definitions: [],
        cached: [],
        hasTakenResults: false,
        processes: [],
        restoresCheckpoints: [],
        effects: [],
      },
    ]);
    fold.tell(completed("a", 1), 1010);
    const turn = fold.turn();
    expect([rows(turn), turn.run, turn.effects]).toEqual([
      [
        [7, "step_completed", 1010, "a"],
        [8, "execute_step_batch", 1010],
      ],
      undefined,
      [{ type: "run_step", stepId: "b", attemptNumber: 1 }],
    ]);
  });

  test("releases the run when it ends", () => {
    const fold = started(startOf(workflow({ a: [] })));
    fold.turn();
    fold.tell(completed("a", "A"), 1010, { resultText: '"A"' });
    const turn = fold.turn();
    expect([turn.run, turn.effects, Machine.state(turn.machine)]).toEqual([
      {
        ...{ state: "completed", status: "completed", updatedAt: 1010, finishedAt: 1010 },
        ...{ release: true, used: { attempts: 1 } },
      },
      [{ type: "finish_run", state: "completed" }],
      "completed",
    ]);
  });

  test("releases a paused run once nothing is in flight", () => {
    const fold = started(startOf(workflow({ a: [], b: ["a"] })));
    fold.turn();
    fold.tell({ type: "pause_workflow" }, 1010);
    const [paused] = [fold.turn()];
    fold.tell(completed("a", 1), 1020);
    expect([paused.run, fold.turn().run]).toEqual([
      { state: "paused", status: "paused", updatedAt: 1010 },
      {
        ...{ state: "paused", status: "paused", updatedAt: 1020 },
        ...{ release: true, used: { attempts: 1 } },
      },
    ]);
  });

  test("contains the checkpoint that a step requests; later checkpoints contain only the changes", () => {
    const steps = { a: { checkpoint: "half" }, b: ["a"], c: ["b"] };
    const fold = started(startOf(workflow(steps)));
    fold.turn();
    fold.tell(completed("a", 1), 1010);
    const [first] = fold.turn().checkpoints;
    fold.tell({ type: "create_checkpoint", name: "asked" }, 1020);
    const [second] = fold.turn().checkpoints;
    expect([first, second]).toMatchObject([
      { checkpointId: "id-1", kind: "step", name: "half", createdAt: 1010, completedCount: 1 },
      { checkpointId: "id-2", kind: "manual", name: "asked", parentCheckpointId: "id-1" },
    ]);
  });

  test("contains the artifact of a large result and the agents' process groups", () => {
    const fold = started(startOf(workflow({ a: [] })));
    fold.turn();
    const process = {
      runId: "r",
      stepId: "a",
      attemptNumber: 1,
      host: "h",
      pid: 7,
      processStart: "",
    };
    fold.recordProcess(process);
    const wasPending = fold.isPending;
    const large = "x".repeat(300_000);
    fold.tell(completed("a", large), 1010);
    const { processes, artifacts } = fold.turn();
    expect([wasPending, processes, artifacts.map(({ content }) => content)]).toEqual([
      true,
      [process],
      [JSON.stringify(large)],
    ]);
  });
});

describe("RunFold.tell", () => {
  test("returns the reason when the machine refuses an event, and changes nothing", () => {
    const fold = started(startOf(workflow({ a: [], b: ["a"] })));
    fold.turn();
    const { machine } = fold;
    const late = fold.tell(completed("a", 1, 7), 1010);
    expect([late, fold.machine === machine, fold.isPending]).toEqual([
      "step_not_running",
      true,
      false,
    ]);
  });

  test("produces the same turns for the same calls", () => {
    const live = (): unknown => {
      const fold = started(startOf(workflow({ a: { retries: 1 }, b: ["a"] })));
      fold.tell(failedAttempt("a"), 1010);
      fold.wake(60_000);
      fold.tell(completed("a", 1, 2), 60_010);
      fold.tell({ type: "create_checkpoint" }, 60_020);
      const { machine: _, ...turn } = fold.turn();
      return turn;
    };
    expect(live()).toEqual(live());
  });
});

describe("RunFold.wake", () => {
  test("starts a retry when it is due, and nothing before", () => {
    const retry = { max: 1, backoff: 100, jitter: "none" };
    const fold = started(startOf(workflow({ a: { retry } })));
    fold.turn();
    fold.tell(failedAttempt("a"), 1010);
    expect([fold.turn().effects, fold.waiting().map(({ retryAt }) => retryAt)]).toEqual([
      [{ type: "start_later", stepId: "a", attemptNumber: 2, delayMs: 100, dueAt: 1110 }],
      [1110],
    ]);
    fold.wake(1109);
    const early = fold.isPending;
    fold.wake(1110);
    expect([early, fold.turn().effects, fold.running().map(({ id }) => id)]).toEqual([
      false,
      [{ type: "run_step", stepId: "a", attemptNumber: 2 }],
      ["a"],
    ]);
  });
});

describe("RunFold.request", () => {
  test("is plain data: the template, and the results that the template and the agent need", () => {
    const steps = {
      a: [],
      b: ["a"],
      c: {
        dependencies: ["b"],
        timeout: 5000,
        task: "use ${{ steps.a.output }} and ${{ inputs.n }}",
      },
    };
    const start = startOf(workflow(steps, { inputs: { n: { type: "number" } } }), {
      inputs: { n: 1 },
      context: { k: "v" },
    });
    const fold = started(start);
    fold.tell(completed("a", { from: "a" }), 1010);
    fold.tell(completed("b", [1]), 1020);
    const request = fold.request("c", 1);
    expect([request, JSON.parse(JSON.stringify(request))]).toEqual([
      {
        runId: "r",
        workflowId: "under-test",
        stepId: "c",
        stepName: "c",
        agentId: "worker",
        attemptNumber: 1,
        idempotencyKey: "r@1000/c/1",
        task: "use ${{ steps.a.output }} and ${{ inputs.n }}",
        inputs: { n: 1 },
        context: { k: "v" },
        dependencies: ["b"],
        results: { b: [1] },
        values: { steps: { a: { output: { from: "a" } } }, inputs: { n: 1 } },
        timeoutMs: 5000,
      },
      request,
    ]);
  });

  test("is undefined for an attempt that is not running", () => {
    const fold = started(startOf(workflow({ a: [], b: ["a"] })));
    fold.tell(completed("a", 1), 1010);
    const requests = [
      fold.request("a", 1),
      fold.request("b", 2),
      fold.request("none", 1),
      fold.request("b", 1)?.stepId,
    ];
    expect(requests).toEqual([undefined, undefined, undefined, "b"]);
  });
});

describe("RunFold.restore", () => {
  const steps = {
    a: { retry: { max: 3, backoff: 100, jitter: "none" } },
    b: [],
    c: ["a", "b"],
    d: ["c"],
  };

  /** Drives the run from here to its end, restoring the fold once for each of the `cuts`. */
  function live(cuts: readonly number[]): unknown {
    const start = startOf(workflow(steps), { policy: { concurrency: 2 } });
    let fold = started(start);
    const turns = [fold.turn()];
    const events = [
      failedAttempt("a"),
      completed("b", { b: 1 }),
      "wake",
      completed("a", "A", 2),
      completed("c", null),
      completed("d", "D"),
    ] as const;
    events.forEach((event, index) => {
      if (cuts.includes(index)) {
        const saved = JSON.parse(JSON.stringify(fold.save())) as SavedFold;
        fold = RunFold.restore(start, ids(), saved);
      }
      const at = 2000 + index * 1000;
      if (event === "wake") fold.wake(at);
      else fold.tell(event, at);
      turns.push(fold.turn());
    });
    return {
      turns: turns.map(({ machine: _, ...turn }) => turn),
      results: Context.results(Machine.context(fold.machine)),
      metrics: Context.metrics(Machine.context(fold.machine)),
    };
  }

  test.each([[[1]], [[2]], [[3]], [[4]], [[5]], [[1, 2, 3, 4, 5]]])(
    "continues as if the fold had never been saved, when cut before events %j",
    (cuts) => {
      expect(live(cuts)).toEqual(live([]));
    },
  );

  test("continues a run that went back from the start that the fold had", () => {
    const workflowOf = (task: string) => workflow({ a: [], b: { dependencies: ["a"], task } });
    const changedTo = (task: string, fold: RunFold) => {
      const prepared = prepareWorkflow(workflowOf(task));
      const stored = storedDefinition(prepared, 1);
      const { machine, start } = fold;
      return { stored, event: definitionChange(machine, start.definition, { stored }) };
    };
    const live = (cuts: readonly number[]): unknown => {
      let fold = started(startOf(workflowOf("do b")));
      const turns = [fold.turn()];
      const tell: readonly ((at: number) => void)[] = [
        (at) => fold.tell(completed("a", "A"), at),
        (at) => {
          const { stored, event } = changedTo("do b well", fold);
          fold.tell(event, at, { definition: stored });
        },
        (at) =>
          fold.tell(
            { type: "result_edited", stepId: "a", attemptNumber: 1, result: "A2", recipe: 1 },
            at,
          ),
        (at) => fold.tell(completed("b", "B", 3), at),
      ];
      for (const [index, act] of tell.entries()) {
        if (cuts.includes(index)) {
          const saved = JSON.parse(JSON.stringify(fold.save())) as SavedFold;
          fold = RunFold.restore(fold.start, ids(), saved);
        }
        act(2000 + index * 1000);
        turns.push(fold.turn());
      }
      return {
        turns: turns.map(({ machine: _, ...turn }) => turn),
        results: Context.results(Machine.context(fold.machine)),
        task: fold.start.definition.steps[1]?.task,
      };
    };
    expect(live([])).toMatchObject({ results: { a: "A2", b: "B" }, task: "do b well" });
    for (const cuts of [[1], [2], [3], [1, 2, 3]]) expect(live(cuts)).toEqual(live([]));
  });

  test("refuses to save in the middle of a turn", () => {
    const fold = started(startOf(workflow({ a: [] })));
    expect(() => fold.save()).toThrow(expect.objectContaining({ code: "internal" }));
  });
});
