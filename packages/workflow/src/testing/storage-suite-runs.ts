import type { JournalEntry } from "@automatosx/schemas";
import {
  type Check,
  codeOf,
  type Expect,
  entry,
  ids,
  METACHARACTERS,
  newRun,
  outcome,
  turn,
  write,
} from "./storage-suite-fixture.js";

/** Listing and finding runs. */
export function runs(check: Check, expect: Expect): void {
  check("are listed newest first, filtered by status and workflow, up to the limit", (storage) => {
    write(storage, {
      newRuns: [newRun("r3", 30), newRun("r2", 20)],
      runs: [turn({ run: { state: "paused", status: "paused", updatedAt: 40 } })],
    });
    expect(ids(storage.listRuns())).toEqual(["r3", "r2", "r1"]);
    expect(ids(storage.listRuns({ limit: 2 }))).toEqual(["r3", "r2"]);
    expect(ids(storage.listRuns({ status: "paused", workflowId: "w" }))).toEqual(["r1"]);
    expect(ids(storage.listRuns({ status: "running", limit: 1 }))).toEqual(["r3"]);
    expect(ids(storage.listRuns({ workflowId: "v" }))).toEqual([]);
    expect(storage.countRuns()).toEqual({
      running: 2,
      completed: 0,
      failed: 0,
      paused: 1,
      cancelled: 0,
    });
  });
  check("are listed with the run whose step started them, or without", (storage) => {
    const child = { parentRunId: "r1", parentStepId: "a" };
    write(storage, {
      newRuns: [
        { ...newRun("r1.a", 20), ...child },
        { ...newRun("r1.a~2", 30), ...child },
        { ...newRun("fork", 40), parentRunId: "r1" },
      ],
    });
    expect(ids(storage.listChildRuns("r1"))).toEqual(["r1.a", "r1.a~2"]);
    expect(storage.listChildRuns("r1").map((run) => run.parentStepId)).toEqual(["a", "a"]);
    expect(ids(storage.listRuns({ isChild: true }))).toEqual(["r1.a~2", "r1.a"]);
    expect(ids(storage.listRuns({ isChild: false }))).toEqual(["fork", "r1"]);
    expect(ids(storage.findRuns("r1"))).toEqual(["r1"]);
    expect([storage.countRuns().running, storage.countChildRuns().running]).toEqual([4, 2]);
  });
  check("are found by any part of their id, at most ten of them", (storage) => {
    write(storage, {
      newRuns: Array.from({ length: 12 }, (_, index) => newRun(`x${index}y`, 20 + index)),
    });
    expect(ids(storage.findRuns("1y"))).toEqual(["x11y", "x1y"]);
    expect(storage.findRuns("x").length).toEqual(10);
    expect(storage.findRuns("")).toEqual([]);
  });
  check("keep where they were started, as far as it was given", (storage) => {
    const startedFrom = { directory: "/d", file: "/d/π'\".yaml", agentsFile: "/d/agents.yaml" };
    write(storage, {
      newRuns: [
        { ...newRun("r2", 20), startedFrom },
        { ...newRun("r3", 30), startedFrom: { directory: "/" } },
      ],
    });
    expect(storage.listRuns().map((run) => run.startedFrom)).toEqual([
      { directory: "/" },
      startedFrom,
      undefined,
    ]);
    expect(storage.getRun("r2")?.startedFrom).toEqual(startedFrom);
  });
  check("are not listed by a status that does not exist", (storage) => {
    for (const status of METACHARACTERS)
      expect(codeOf(() => storage.listRuns({ status: status as "running" }))).toEqual(
        "invalid_argument",
      );
  });
  check("are queried by plain text: SQL and wildcards in it have no effect", (storage) => {
    for (const text of METACHARACTERS) {
      expect([
        storage.findRuns(text),
        storage.listRuns({ workflowId: text }),
        storage.listAttempts(text),
        storage.listAttempts("r1", text),
        storage.listCheckpoints(text),
        storage.pendingCommands(text),
        storage.readLogs(text),
        storage.readLogs("r1", text),
        [...storage.readJournal(text)],
      ]).toEqual(Array.from({ length: 9 }, () => []));
      expect([
        storage.getRun(text),
        storage.getWorkflow(text),
        storage.getCheckpoint(text),
        storage.getArtifact(text),
      ]).toEqual(Array.from({ length: 4 }, () => undefined));
      storage.renewLeases(text, [text], 500);
    }
    write(storage, { newRuns: METACHARACTERS.map((text) => newRun(text, 20)) });
    for (const text of METACHARACTERS) {
      expect(ids(storage.findRuns(text)).toSorted()).toEqual(
        METACHARACTERS.filter((id) => id.includes(text)).toSorted(),
      );
    }
    expect([storage.listRuns().length, storage.getRun("r1")?.leaseUntil]).toEqual([
      1 + METACHARACTERS.length,
      100,
    ]);
  });
}

/** Attempts, derived from the journal. */
export function attempts(check: Check, expect: Expect): void {
  const batch = (seq: number, attemptsByStep: Readonly<Record<string, number>>): JournalEntry =>
    entry(
      seq,
      "execute_step_batch",
      JSON.stringify({
        stepIds: Object.keys(attemptsByStep),
        attempts: Object.values(attemptsByStep),
      }),
    );
  check("are listed in the order in which they started, each with its outcome", (storage) => {
    const failed = outcome(
      3,
      "step_failed",
      "b",
      1,
      '{"error":"no","reason":"error","final":false}',
    );
    const completed = outcome(5, "step_completed", "b", 2, '{"result":1}');
    write(storage, {
      runs: [turn({ entries: [batch(2, { b: 1, a: 1 }), failed, batch(4, { b: 2 }), completed] })],
    });
    const [a, b1, b2] = [
      { runId: "r1", stepId: "a", attemptNumber: 1, status: "running", startedAt: 12.25 },
      {
        runId: "r1",
        stepId: "b",
        attemptNumber: 1,
        status: "failed",
        startedAt: 12.25,
        finishedAt: 13.25,
        error: "no",
      },
      {
        runId: "r1",
        stepId: "b",
        attemptNumber: 2,
        status: "completed",
        startedAt: 14.25,
        finishedAt: 15.25,
      },
    ];
    expect(storage.listAttempts("r1")).toEqual([a, b1, b2]);
    expect(storage.listAttempts("r1", "b")).toEqual([b1, b2]);
  });
  check("are interrupted by a crash, by a newer attempt and by the end of the run", (storage) => {
    const crashed = outcome(
      3,
      "step_failed",
      "a",
      1,
      '{"error":"gone","reason":"interrupted","final":false}',
    );
    const run = {
      state: "cancelled",
      status: "cancelled",
      updatedAt: 30,
      finishedAt: 30,
    } as const;
    write(storage, {
      runs: [turn({ entries: [batch(2, { a: 1, b: 1 }), crashed, batch(4, { a: 2, b: 2 })], run })],
    });
    expect(
      storage
        .listAttempts("r1")
        .map(({ stepId, attemptNumber, status }) => `${stepId}${attemptNumber} ${status}`),
    ).toEqual(["a1 interrupted", "b1 interrupted", "a2 interrupted", "b2 interrupted"]);
  });
}
