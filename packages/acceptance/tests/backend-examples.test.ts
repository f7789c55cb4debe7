import { type AgentFunction, prepareWorkflow, systemPorts } from "@automatosx/workflow";
import {
  type AttemptRequest,
  performAttempt,
  type RunStart,
  type Turn,
} from "@automatosx/workflow/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { registerRuns } from "../../../examples/backends/dbos/dbos-run.js";
import { temporalRun } from "../../../examples/backends/temporal/temporal-run.js";
import { DbosHistory, DbosStub } from "./support/DbosStub.js";
import { type TemporalHistory, TemporalStub } from "./support/TemporalStub.js";

const WORKFLOW = {
  id: "backends",
  steps: [
    { id: "plan", agentId: "any", task: "plan" },
    {
      id: "build",
      agentId: "any",
      task: "build ${{ steps.plan.output }}",
      dependencies: ["plan"],
      retry: { max: 1, backoff: "5ms", jitter: "full" },
    },
    { id: "test", agentId: "any", task: "test", dependencies: ["plan"] },
    { id: "join", agentId: "any", task: "join", dependencies: ["build", "test"] },
  ],
};

const { definition, source, format } = prepareWorkflow(WORKFLOW);
const start: RunStart = {
  runId: "r",
  createdAt: 1_700_000_000_000,
  definition,
  source,
  format,
  inputs: {},
  context: {},
  policy: {},
};

/** How often each attempt was given to the agent. */
let given: Map<string, number>;
/** The rows by number, and those that were published again and differ. */
let rows: Map<number, string>;
let diverged: string[];

beforeEach(() => {
  given = new Map();
  rows = new Map();
  diverged = [];
});

const any: AgentFunction = ({ task, stepId, attemptNumber }) => {
  const key = `${stepId}/${attemptNumber}`;
  given.set(key, (given.get(key) ?? 0) + 1);
  if (stepId === "build" && attemptNumber === 1) throw new Error("The first build fails.");
  return task;
};

async function publish({ entries }: Pick<Turn, "entries">): Promise<void> {
  for (const entry of entries) {
    const row = JSON.stringify(entry);
    if ((rows.get(entry.seq) ?? row) !== row) diverged.push(`${rows.get(entry.seq)} ${row}`);
    rows.set(entry.seq, row);
  }
}

const rowsOf = (): string[] => [...rows].toSorted(([a], [b]) => a - b).map(([, row]) => row);

const completions = (): string[] =>
  rowsOf().flatMap((row) => {
    const { type, stepId } = JSON.parse(row) as { type: string; stepId?: string };
    return type === "step_completed" ? [stepId ?? ""] : [];
  });

describe("the DBOS example", () => {
  /** Executes the run in one process, until it has ended or the process dies. */
  async function execute(history: DbosHistory, diesAt?: number): Promise<void> {
    const dbos = new DbosStub(history, diesAt);
    const begin = registerRuns(dbos, { agents: { any }, clock: systemPorts.clock, publish });
    if (history.workflows.size === 0) await begin(start);
    else dbos.recover();
    await dbos.ended;
  }

  test("completes a run", async () => {
    await execute(new DbosHistory());
    expect(completions().toSorted()).toEqual(["build", "join", "plan", "test"]);
    expect(JSON.parse(rowsOf().at(-1) ?? "")).toMatchObject({ type: "complete_workflow" });
  });

  test("gives the same rows when a recorded history is replayed, and calls no agent", async () => {
    const history = new DbosHistory();
    await execute(history);
    const before = rowsOf();
    for (const _ of [1, 2]) {
      rows.clear();
      given.clear();
      for (const workflow of history.workflows.values()) workflow.isDone = false;
      await execute(history);
      expect([rowsOf(), given.size]).toEqual([before, 0]);
    }
  });

  test("loses and repeats nothing when its process dies after any recorded result", async () => {
    const undisturbed = new DbosHistory();
    await execute(undisturbed);
    for (let diesAt = 1; diesAt < undisturbed.length; diesAt += 1) {
      rows.clear();
      given.clear();
      const history = new DbosHistory();
      await execute(history, diesAt);
      await execute(history);
      expect([diesAt, diverged, completions().toSorted()]).toEqual([
        diesAt,
        [],
        ["build", "join", "plan", "test"],
      ]);
      expect([...given.values()].filter((count) => count > 1)).toEqual([]);
    }
  });
});

describe("the Temporal example", () => {
  const activities = {
    performAttempt: (request: AttemptRequest) =>
      performAttempt(any, request, {
        clock: systemPorts.clock,
        signal: new AbortController().signal,
        abandonAfterMs: 1000,
      }),
    publish,
  };
  const empty = (): TemporalHistory => ({ commands: [], completions: [] });
  const execute = (history: TemporalHistory, until?: number): Promise<unknown> =>
    new TemporalStub(history, activities).execute(
      (temporal) => temporalRun(start, temporal),
      until,
    );

  test("completes a run", async () => {
    expect(await execute(empty())).toMatchObject({ status: "completed" });
    expect(completions().toSorted()).toEqual(["build", "join", "plan", "test"]);
  });

  test("gives the same rows when a recorded history is replayed, and calls no agent", async () => {
    const history = empty();
    await execute(history);
    const before = rowsOf();
    const published = history.commands.filter(({ what }) => what === "activity publish");
    for (const _ of [1, 2]) {
      given.clear();
      const { commands, completions } = history;
      const replayed = { commands: [...commands], completions: [...completions] };
      expect(await execute(replayed)).toMatchObject({ status: "completed" });
      expect([replayed.commands, given.size]).toEqual([commands, 0]);
    }
    expect(published.flatMap(({ input }) => entriesIn(input))).toEqual(before);
  });

  test("continues from every point of its history", async () => {
    const undisturbed = empty();
    await execute(undisturbed);
    for (let until = 0; until < undisturbed.completions.length; until += 1) {
      rows.clear();
      const history = empty();
      await execute(history, until);
      expect(await execute(history)).toMatchObject({ status: "completed" });
      expect([until, diverged, completions().toSorted()]).toEqual([
        until,
        [],
        ["build", "join", "plan", "test"],
      ]);
    }
  });

  test("fails when a changed workflow meets an older history", async () => {
    const history = empty();
    await execute(history);
    const [first] = history.commands;
    history.commands[0] = { what: first?.what ?? "", input: "{}" };
    await expect(execute(history)).rejects.toThrow("Nondeterminism");
  });
});

const entriesIn = (input: string): string[] =>
  (JSON.parse(input) as Turn).entries.map((entry) => JSON.stringify(entry));
