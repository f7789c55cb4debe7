import type { RunRemoval, StoragePort } from "../storage/StoragePort.js";
import {
  type Check,
  checkpoint,
  definition,
  type Expect,
  entry,
  HASH,
  newRun,
  other,
  outcome,
  owner,
  turn,
  write,
} from "./storage-suite-fixture.js";

const isHeld = (): boolean => true;

/** Ends the run, and by default releases it. */
function end(
  storage: StoragePort,
  runId: string,
  status: "completed" | "failed" | "cancelled" = "completed",
  release = true,
): void {
  const run = { state: status, status, updatedAt: 50, finishedAt: 50, release } as const;
  write(storage, { runs: [turn({ runId, run })] });
}

/** Calls `removeRuns` until it has reported every run, and returns the outcomes. */
function removeAll(storage: StoragePort, runIds: readonly string[]): RunRemoval["outcome"][] {
  const outcomes: RunRemoval["outcome"][] = [];
  for (let left = runIds; left.length > 0; ) {
    const removals = storage.removeRuns({ runIds: left, isHeld });
    outcomes.push(...removals.map(({ outcome: result }) => result));
    left = left.slice(removals.filter(({ outcome: result }) => result !== "partial").length);
  }
  return outcomes;
}

/** Listing ended runs. */
export function endedRuns(check: Check, expect: Expect): void {
  check("are listed oldest first, from behind a position", (storage) => {
    write(storage, {
      newRuns: [newRun("r4", 40), newRun("r3", 20), newRun("r2", 20), newRun("r0", 5)],
    });
    for (const [id, status] of [
      ["r4", "failed"],
      ["r3", "completed"],
      ["r2", "cancelled"],
    ] as const)
      end(storage, id, status);
    const ended = storage.listEnded(undefined, 2);
    expect(ended).toEqual([
      { runId: "r2", workflowId: "w", status: "cancelled", createdAt: 20, finishedAt: 50 },
      { runId: "r3", workflowId: "w", status: "completed", createdAt: 20, finishedAt: 50 },
    ]);
    expect(storage.listEnded(ended[1], 2).map(({ runId }) => runId)).toEqual(["r4"]);
  });
}

/** Removing ended runs. */
export function removal(check: Check, expect: Expect): void {
  check(
    "removes a run with all that belongs to it, and a definition with the last run that uses it",
    (storage) => {
      write(storage, {
        newRuns: [newRun("r2")],
        runs: [
          turn({
            checkpoints: [checkpoint("c1", 1), checkpoint("c2", 1, { parentCheckpointId: "c1" })],
          }),
        ],
        logs: [{ runId: "r1", stepId: "a", attemptNumber: 1, stream: "stdout", at: 1, text: "x" }],
      });
      const commandId = storage.sendCommand({
        runId: "r1",
        verb: "pause",
        argument: "{}",
        sentAt: 12,
      });
      storage.answerCommand(commandId, "ok:", 13);
      for (const id of ["r1", "r2"]) end(storage, id);
      expect(storage.removeRuns({ runIds: ["r1"], isHeld })).toEqual([
        { runId: "r1", outcome: "removed", artifactBytes: 0, removedDefinition: false },
      ]);
      expect([
        storage.getRun("r1"),
        [...storage.readJournal("r1")],
        storage.listCheckpoints("r1"),
        storage.getCheckpoint("c1"),
        storage.readLogs("r1"),
        storage.commandAnswer(commandId),
      ]).toEqual([undefined, [], [], undefined, [], undefined]);
      expect(storage.getWorkflow(HASH)).toEqual(definition);
      expect(storage.removeRuns({ runIds: ["r2"], isHeld })[0]?.removedDefinition).toEqual(true);
      expect(storage.getWorkflow(HASH)).toEqual(undefined);
      write(storage, { definitions: [definition], newRuns: [newRun("r3")] });
      expect(storage.getWorkflow(HASH)).toEqual(definition);
    },
  );
  check("keeps a run that has not ended, is held or has forks, and says why", (storage) => {
    write(storage, {
      newRuns: [
        newRun("r2"),
        { ...newRun("r3"), owner: other },
        { ...newRun("r4"), parentRunId: "r2" },
        newRun("r5"),
      ],
    });
    write(storage, {
      runs: [
        turn({
          runId: "r5",
          run: { state: "paused", status: "paused", updatedAt: 50, release: true },
        }),
      ],
    });
    end(storage, "r2");
    end(storage, "r3", "failed", false);
    const ask = (held: boolean) =>
      storage
        .removeRuns({ runIds: ["r1", "r2", "r3", "r5", "nowhere"], isHeld: () => held })
        .map((removal) => removal.because ?? removal.outcome);
    expect(storage.listForks("r2")).toEqual(["r4"]);
    expect(ask(true)).toEqual(["not_ended", "forked", "held", "not_ended", "not_ended"]);
    expect(ask(false)).toEqual(["not_ended", "forked", "removed", "not_ended", "not_ended"]);
    expect(storage.getRun("r3")).toEqual(undefined);
  });
  check(
    "removes a large run part by part, during which it is readable and cannot be resumed",
    (storage) => {
      write(storage, {
        runs: [
          turn({
            entries: Array.from({ length: 999 }, (_, index) => entry(index + 2)),
            checkpoints: [checkpoint("c1", 1000)],
          }),
        ],
      });
      end(storage, "r1", "failed");
      const seen: unknown[] = [];
      for (
        let outcome = "partial";
        outcome === "partial";
        outcome = storage.removeRuns({ runIds: ["r1"], isHeld })[0]?.outcome ?? "none"
      ) {
        const { status } = storage.getRun("r1") ?? {};
        seen.push([
          status,
          [...storage.readJournal("r1")].length < 1001,
          storage.listHalfRemoved(),
        ]);
      }
      expect(seen[0]).toEqual(["failed", true, []]);
      expect(seen.slice(1)).toEqual(seen.slice(1).map(() => ["cancelled", true, ["r1"]]));
      expect([seen.length > 3, storage.getRun("r1"), storage.listHalfRemoved()]).toEqual([
        true,
        undefined,
        [],
      ]);
    },
  );
  check("removes 100 small runs", (storage) => {
    const ids = Array.from({ length: 100 }, (_, index) => `s${index}`);
    write(storage, { newRuns: ids.map((id) => newRun(id)) });
    for (const id of ids) end(storage, id);
    expect(removeAll(storage, ids)).toEqual(ids.map(() => "removed"));
    expect([storage.countRuns().completed, storage.getRun("r1")?.owner]).toEqual([0, owner]);
  });
}

/** Removing artifacts. */
export function artifacts(check: Check, expect: Expect): void {
  check("are removed once no journal names them", (storage) => {
    const artifact = (letter: string) => ({
      sha256: letter.repeat(64),
      content: `"${letter.repeat(1000)}"`,
    });
    const names = (seq: number, letter: string) =>
      outcome(seq, "step_completed", "a", 1, `{"artifact":"${letter.repeat(64)}"}`);
    write(storage, {
      newRuns: [newRun("r2")],
      artifacts: ["1", "2", "3"].map(artifact),
      runs: [
        turn({
          entries: [
            names(2, "1"),
            outcome(3, "step_completed", "b", 1, `{"result":{"artifact":"${"3".repeat(64)}"}}`),
          ],
        }),
        turn({
          runId: "r2",
          entries: [names(1, "1"), names(2, "2")].map((row) => ({ ...row, runId: "r2" })),
        }),
      ],
    });
    const left = () =>
      ["1", "2", "3"].filter((letter) => storage.getArtifact(letter.repeat(64)) !== undefined);
    const sweep = () => [...storage.removeUnusedArtifacts()].reduce((sum, count) => sum + count, 0);
    expect([sweep(), left()]).toEqual([1, ["1", "2"]]);
    end(storage, "r2");
    expect([
      storage.removeRuns({ runIds: ["r2"], isHeld })[0]?.artifactBytes,
      sweep(),
      left(),
    ]).toEqual([2004, 1, ["1"]]);
  });
  check("of files are kept with the run and removed after it", (storage) => {
    const letters = ["1", "2", "3", "4"];
    const artifact = (letter: string) => ({
      sha256: letter.repeat(64),
      content: `"${letter.repeat(1000)}"`,
    });
    const file = (letter: string) =>
      `{"path":"${letter}.md","bytes":1000,"sha256":"${HASH}","artifact":"${letter.repeat(64)}"}`;
    const kept = (seq: number, rest: string, ...files: readonly string[]) =>
      outcome(seq, "step_completed", "a", 1, `{"files":[${files.map(file).join()}],${rest}}`);
    write(storage, {
      artifacts: letters.map(artifact),
      runs: [
        turn({
          entries: [
            kept(2, '"result":"done"', "1", "2"),
            kept(3, `"artifact":"${"3".repeat(64)}"`, "1"),
          ],
        }),
      ],
    });
    const left = () =>
      letters.filter((letter) => storage.getArtifact(letter.repeat(64)) !== undefined);
    const sweep = () => [...storage.removeUnusedArtifacts()].reduce((sum, count) => sum + count, 0);
    const size = storage.measureRun("r1");
    expect([sweep(), left(), size > 3 * 1000]).toEqual([1, ["1", "2", "3"], true]);
    end(storage, "r1");
    const [removal] = storage.removeRuns({ runIds: ["r1"], isHeld });
    expect([removal?.artifactBytes, sweep(), left()]).toEqual([4 * 1002, 3, []]);
  });
  check("are kept if an entry names them during the search", (storage) => {
    const content = `"${"x".repeat(1000)}"`;
    const rows = Array.from({ length: 2500 }, (_, index) => entry(index + 2));
    write(storage, { artifacts: [{ sha256: HASH, content }], runs: [turn({ entries: rows })] });
    let removed = 0;
    let isNamed = false;
    for (const count of storage.removeUnusedArtifacts()) {
      removed += count;
      if (!isNamed)
        write(storage, {
          runs: [
            turn({ entries: [outcome(2502, "step_completed", "a", 1, `{"artifact":"${HASH}"}`)] }),
          ],
        });
      isNamed = true;
    }
    expect([removed, storage.getArtifact(HASH)]).toEqual([0, content]);
  });
}

/** The size of the database. */
export function space(check: Check, expect: Expect): void {
  check("is reported, and the measure of a run is within a factor of 4 of it", (storage) => {
    const before = storage.size();
    write(storage, {
      runs: [turn({ entries: Array.from({ length: 999 }, (_, index) => entry(index + 2)) })],
    });
    const grown = storage.size().usedBytes - before.usedBytes;
    const measured = storage.measureRun("r1");
    expect([
      measured > grown / 2,
      measured < grown * 4,
      before.fileBytes >= before.usedBytes,
      storage.releasePages(10),
    ]).toEqual([true, true, true, 0]);
  });
}
