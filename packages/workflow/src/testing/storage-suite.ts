import type { JournalEntry } from "@automatosx/schemas";
import type { StoragePort } from "../storage/StoragePort.js";
import { describeRetention } from "./retention-suite.js";
import {
  begun,
  type Check,
  checkpoint,
  codeOf,
  definition,
  type Expect,
  entry,
  HASH,
  ids,
  METACHARACTERS,
  newRun,
  outcome,
  type TestRunner,
  turn,
  write,
} from "./storage-suite-fixture.js";
import { fencing, leases, processes } from "./storage-suite-leases.js";

export type { TestRunner } from "./storage-suite-fixture.js";

/**
 * What every storage has to do, whatever it is made of. `open` gives an empty one each time; `describe`, `test` and
 * `expect` are the test runner's.
 */
export function describeStorage(
  name: string,
  open: () => StoragePort,
  { describe, test, expect }: TestRunner,
): void {
  // Each test has a storage of its own with one run, r1, whose journal has one entry.
  const check: Check = (title, body) => {
    test(title, () => {
      const storage = open();
      try {
        storage.saveWorkflow(definition);
        write(storage, { newRuns: [newRun("r1")], runs: [turn({ entries: [entry(1)] })] });
        body(storage);
      } finally {
        storage.close();
      }
    });
  };
  describe(`${name}: definitions`, () => definitions(check, expect));
  describe(`${name}: commit`, () => commits(check, expect));
  describe(`${name}: the journal`, () => journal(check, expect));
  describe(`${name}: runs`, () => runs(check, expect));
  describe(`${name}: attempts`, () => attempts(check, expect));
  describe(`${name}: checkpoints`, () => checkpoints(check, expect));
  describe(`${name}: leases`, () => leases(check, expect));
  describe(`${name}: processes of agents`, () => processes(check, expect));
  describe(`${name}: fencing`, () => fencing(check, expect));
  describe(`${name}: commands`, () => commands(check, expect));
  describe(`${name}: logs`, () => logs(check, expect));
  describe(`${name}: retention`, () => describeRetention(check, expect));
}

function definitions(check: Check, expect: Expect): void {
  check("are kept once by hash, whatever is saved under it later", (storage) => {
    storage.saveWorkflow({ ...definition, name: "another" });
    expect(storage.getWorkflow(HASH)).toEqual(definition);
    expect(storage.getWorkflow("b".repeat(64))).toEqual(undefined);
  });
  check("are listed newest first", (storage) => {
    const newer = { ...definition, hash: "b".repeat(64), createdAt: 2 };
    storage.saveWorkflow(newer);
    expect(storage.listWorkflows()).toEqual([newer, definition]);
  });
}

function commits(check: Check, expect: Expect): void {
  check("begins runs in state idle, under epoch 1", (storage) => {
    write(storage, { newRuns: [newRun("r2")] });
    expect(storage.getRun("r2")).toEqual(begun("r2"));
    expect(storage.getRun("r3")).toEqual(undefined);
  });
  check("keeps in the run's row how far its journal has come, and when", (storage) => {
    expect(storage.getRun("r1")).toEqual({ ...begun("r1"), journalSeq: 1, updatedAt: entry(1).at });
    write(storage, { runs: [turn({ entries: [entry(2), entry(3)] })] });
    expect(storage.getRun("r1")).toEqual({ ...begun("r1"), journalSeq: 3, updatedAt: entry(3).at });
  });
  check("keeps where a fork came from", (storage) => {
    const fork = { ...newRun("r2"), parentRunId: "r1", parentCheckpointId: "c1" };
    write(storage, { newRuns: [fork] });
    expect(storage.getRun("r2")).toEqual({
      ...begun("r2"),
      parentRunId: "r1",
      parentCheckpointId: "c1",
    });
  });
  check("writes all of it or nothing", (storage) => {
    const artifact = { sha256: "c".repeat(64), content: '"x"' };
    const broken = {
      newRuns: [newRun("r2")],
      artifacts: [artifact],
      runs: [turn({ entries: [entry(2), entry(4)], checkpoints: [checkpoint("c1", 2)] })],
    };
    expect(codeOf(() => write(storage, broken))).toEqual("internal");
    expect([
      [...storage.readJournal("r1")].length,
      storage.getRun("r2"),
      storage.getArtifact(artifact.sha256),
      storage.listCheckpoints("r1"),
    ]).toEqual([1, undefined, undefined, []]);
    write(storage, { runs: [turn({ entries: [entry(2)] })] });
    expect([...storage.readJournal("r1")].length).toEqual(2);
  });
  check("changes the run's row and gives the lease back when asked to", (storage) => {
    const change = {
      state: "failed",
      status: "failed",
      updatedAt: 20,
      finishedAt: 20,
      error: "e",
      errorCode: "c",
    } as const;
    write(storage, { runs: [turn({ entries: [entry(2)], run: { ...change, release: true } })] });
    const { owner: _, leaseUntil: __, ...rest } = begun("r1");
    expect(storage.getRun("r1")).toEqual({ ...rest, ...change, journalSeq: 2 });
    expect(storage.countRuns()).toEqual({
      running: 0,
      completed: 0,
      failed: 1,
      paused: 0,
      cancelled: 0,
    });
  });
  check("keeps an artifact once", (storage) => {
    const artifact = { sha256: HASH, content: '"x"' };
    write(storage, { artifacts: [artifact, { ...artifact, content: '"y"' }] });
    expect(storage.getArtifact(HASH)).toEqual('"x"');
  });
}

function journal(check: Check, expect: Expect): void {
  check("is read back as it was written, from any place", (storage) => {
    const second = entry(2, "workflow_failed", '{"error":"\\u0000 ‼ \\"quoted\\""}');
    const third = outcome(3, "step_completed", "a", 1, '{"result":{"deep":[1.5,"ü"]}}');
    write(storage, { runs: [turn({ entries: [second, third] })] });
    expect([...storage.readJournal("r1")]).toEqual([entry(1), second, third]);
    expect([...storage.readJournal("r1", 2)]).toEqual([third]);
    expect([...storage.readJournal("r1", 3)]).toEqual([]);
  });
  check("of a run that is not there is empty", (storage) => {
    expect([...storage.readJournal("nowhere")]).toEqual([]);
  });
  check("can be written while it is read, and goes on over many pages", (storage) => {
    write(storage, {
      runs: [turn({ entries: Array.from({ length: 1999 }, (_, index) => entry(index + 2)) })],
    });
    let last = 0;
    for (const { seq } of storage.readJournal("r1")) {
      if (seq === 1000) write(storage, { runs: [turn({ entries: [entry(2001)] })] });
      last = seq === last + 1 ? seq : Number.NaN;
    }
    expect(last).toEqual(2001);
  });
}

function runs(check: Check, expect: Expect): void {
  check("are listed newest first, by status and workflow, as many as asked for", (storage) => {
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
  check("are found by any part of the id, at most ten", (storage) => {
    write(storage, {
      newRuns: Array.from({ length: 12 }, (_, index) => newRun(`x${index}y`, 20 + index)),
    });
    expect(ids(storage.findRuns("1y"))).toEqual(["x11y", "x1y"]);
    expect(storage.findRuns("x").length).toEqual(10);
    expect(storage.findRuns("")).toEqual([]);
  });
  check("are asked for with text that is only ever text", (storage) => {
    for (const text of METACHARACTERS) {
      expect([
        storage.findRuns(text),
        storage.listRuns({ workflowId: text }),
        storage.listRuns({ status: text as "running" }),
        storage.listAttempts(text),
        storage.listAttempts("r1", text),
        storage.listCheckpoints(text),
        storage.pendingCommands(text),
        storage.readLogs(text),
        storage.readLogs("r1", text),
        [...storage.readJournal(text)],
      ]).toEqual(Array.from({ length: 10 }, () => []));
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

function attempts(check: Check, expect: Expect): void {
  const batch = (seq: number, attemptsByStep: Readonly<Record<string, number>>): JournalEntry =>
    entry(
      seq,
      "execute_step_batch",
      JSON.stringify({
        stepIds: Object.keys(attemptsByStep),
        attempts: Object.values(attemptsByStep),
      }),
    );
  check("are listed in the order of their start, with what became of them", (storage) => {
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
  check(
    "that were cut short are interrupted: by a crash, a newer attempt, the end of the run",
    (storage) => {
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
        runs: [
          turn({ entries: [batch(2, { a: 1, b: 1 }), crashed, batch(4, { a: 2, b: 2 })], run }),
        ],
      });
      expect(
        storage
          .listAttempts("r1")
          .map(({ stepId, attemptNumber, status }) => `${stepId}${attemptNumber} ${status}`),
      ).toEqual(["a1 interrupted", "b1 interrupted", "a2 interrupted", "b2 interrupted"]);
    },
  );
}

function checkpoints(check: Check, expect: Expect): void {
  check(
    "are read back as they were written, and listed newest first without their content",
    (storage) => {
      const named = checkpoint("c2", 2, {
        kind: "manual",
        name: "before-tests",
        parentCheckpointId: "c1",
        payload: '{"x":1}',
      });
      write(storage, {
        runs: [turn({ entries: [entry(2)], checkpoints: [named, checkpoint("c1", 1)] })],
      });
      expect([
        storage.getCheckpoint("c2"),
        storage.getCheckpoint("c1"),
        storage.getCheckpoint("c9"),
      ]).toEqual([named, checkpoint("c1", 1), undefined]);
      const { payload: _, sha256: __, parentCheckpointId: ___, ...summary } = named;
      const { payload: ____, sha256: _____, ...first } = checkpoint("c1", 1);
      expect([storage.listCheckpoints("r1"), storage.scanCheckpoints("r1")]).toEqual([
        [summary, first],
        [summary, first],
      ]);
      expect([storage.listCheckpoints("r2"), storage.scanCheckpoints("r2")]).toEqual([[], []]);
    },
  );
  check("are rewritten and removed together, as long as they are what was read", (storage) => {
    const all = [
      checkpoint("c1", 1),
      checkpoint("c2", 2, { parentCheckpointId: "c1" }),
      checkpoint("c3", 3, { parentCheckpointId: "c2" }),
    ];
    write(storage, { runs: [turn({ entries: [entry(2), entry(3)], checkpoints: all })] });
    const [whole, other] = [
      { ...checkpoint("c2", 2), payload: '{"whole":1}', sha256: "d".repeat(64) },
      "e".repeat(64),
    ];
    const expected = (c1 = HASH) =>
      new Map([...["c2", "c3"].map((id) => [id, HASH] as const), ["c1", c1]]);
    const change = { runId: "r1", expected: expected(), rewritten: [whole], removed: ["c1"] };
    expect([
      storage.rewriteCheckpoints({ ...change, expected: expected(other) }),
      storage.rewriteCheckpoints({ ...change, rewritten: [] }),
      storage.listCheckpoints("r1").length,
      storage.rewriteCheckpoints(change),
      storage.rewriteCheckpoints(change),
    ]).toEqual([false, false, 3, true, false]);
    expect([
      storage.listCheckpoints("r1").map((c) => c.checkpointId),
      storage.getCheckpoint("c2"),
    ]).toEqual([["c3", "c2"], whole]);
  });
  check(
    "that are referred to are named: where the run went back to, and what others were forked from",
    (storage) => {
      const back = entry(2, "restore_checkpoint", '{"checkpointId":"c1","completed":[]}');
      write(storage, {
        newRuns: [{ ...newRun("r2"), parentRunId: "r1", parentCheckpointId: "c2" }],
        runs: [
          turn({
            entries: [back, entry(3)],
            checkpoints: [checkpoint("c1", 1), checkpoint("c2", 2), checkpoint("c3", 3)],
          }),
        ],
      });
      expect([
        storage.referencedCheckpoints("r1").toSorted(),
        storage.referencedCheckpoints("r2"),
      ]).toEqual([["c1", "c2"], []]);
      expect([storage.runsWithCheckpoints(2), storage.runsWithCheckpoints(3)]).toEqual([
        ["r1"],
        [],
      ]);
    },
  );
}

function commands(check: Check, expect: Expect): void {
  check("reach the owner of the run, oldest first, until they are answered", (storage) => {
    const pause = { runId: "r1", verb: "pause", argument: "{}", sentAt: 12 } as const;
    const save = { runId: "r1", verb: "checkpoint", argument: '{"name":"x"}', sentAt: 11 } as const;
    const [first, second] = [storage.sendCommand(pause), storage.sendCommand(save)];
    expect(storage.pendingCommands("engine-1")).toEqual([
      { ...pause, commandId: first },
      { ...save, commandId: second },
    ]);
    expect([storage.pendingCommands("engine-2"), storage.commandAnswer(first)]).toEqual([
      [],
      undefined,
    ]);
    storage.answerCommand(first, "ok:", 13);
    storage.answerCommand(first, "too late", 14);
    expect(storage.pendingCommands("engine-1").map((command) => command.commandId)).toEqual([
      second,
    ]);
    expect(storage.commandAnswer(first)).toEqual("ok:");
  });
}

function logs(check: Check, expect: Expect): void {
  const chunk = (stepId: string, text: string) =>
    ({ runId: "r1", stepId, attemptNumber: 1, stream: "stderr", at: 11, text }) as const;
  check("are read by run and step, from where one was", (storage) => {
    write(storage, {
      logs: [
        chunk("a", "one"),
        chunk("b", "two"),
        chunk("a", "three"),
        { ...chunk("a", "lost"), runId: "nowhere" },
      ],
    });
    const all = storage.readLogs("r1");
    expect(all.map(({ id: _, ...rest }) => rest)).toEqual([
      chunk("a", "one"),
      chunk("b", "two"),
      chunk("a", "three"),
    ]);
    expect(storage.readLogs("r1", "a").map(({ text }) => text)).toEqual(["one", "three"]);
    expect(storage.readLogs("r1", "a", all[0]?.id ?? 0).map(({ text }) => text)).toEqual(["three"]);
  });
  check("of an attempt end at 10 MB, which is said once", (storage) => {
    // A character of two bytes across the limit, which must not be cut in half.
    const text = `x${"ü".repeat(512 * 1024)}`;
    for (let count = 0; count < 12; count += 1) write(storage, { logs: [chunk("a", text)] });
    write(storage, { logs: [chunk("b", "of another step")] });
    const kept = storage
      .readLogs("r1", "a")
      .map((row) => row.text)
      .join("");
    const notice = kept.slice(kept.indexOf("\n"));
    expect([
      Buffer.byteLength(kept) - Buffer.byteLength(notice) <= 10 * 1024 * 1024,
      kept.length > 5 * 1024 * 1024 - 2,
      notice.split("10 MB").length,
    ]).toEqual([true, true, 2]);
    expect(storage.readLogs("r1", "b").length).toEqual(1);
  });
}
