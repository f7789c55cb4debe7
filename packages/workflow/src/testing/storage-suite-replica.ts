import type { ReplicaPart, StoragePort } from "../storage/StoragePort.js";
import {
  begun,
  type Check,
  checkpoint,
  codeOf,
  definition,
  type Expect,
  entry,
  expireLeases,
  newRun,
  other,
  owner,
  type StorageTraits,
  turn,
  write,
} from "./storage-suite-fixture.js";

const { owner: _, leaseUntil: __, ...fresh } = newRun("copy");

/** Entries of the run `copy`. */
const entries = (...seqs: readonly number[]): ReplicaPart["entries"] =>
  seqs.map((seq) => ({ ...entry(seq), runId: "copy" }));

/** A part of the run `copy`, which begins with its first entry. */
const part = (more: Partial<ReplicaPart> = {}): ReplicaPart => ({
  runId: "copy",
  backend: "restate",
  newRun: fresh,
  afterSeq: 0,
  entries: entries(1, 2),
  ...more,
});

const seqs = (storage: StoragePort, runId = "copy"): number[] =>
  [...storage.readJournal(runId)].map(({ seq }) => seq);

const claim = (adopts: boolean): Parameters<StoragePort["acquireLease"]>[0] => ({
  ...{ runId: "copy", owner: other, now: 50, leaseUntil: 100, isDead: () => true },
  adopts,
});

const COMPLETED = { state: "completed", status: "completed", updatedAt: 20, finishedAt: 20 };
const PAUSED = { state: "paused", status: "paused", updatedAt: 15, pauseReason: "waiting" };

/** Copies of runs that another backend executes. */
export function replicas(check: Check, expect: Expect, traits: StorageTraits = {}): void {
  check("are runs without an owner that name their backend", (storage) => {
    expect(storage.replicate(part())).toEqual({ seq: 2 });
    const { owner: _owner, leaseUntil: _until, ...row } = begun("copy");
    expect([storage.getRun("copy"), [...storage.readJournal("copy")]]).toEqual([
      { ...row, backend: "restate", journalSeq: 2, updatedAt: entry(2).at },
      entries(1, 2),
    ]);
  });
  check("take the same part again, and parts that overlap, without a change", (storage) => {
    storage.replicate(part());
    const { newRun: _newRun, ...later } = part({ entries: entries(1, 2, 3) });
    expect([
      storage.replicate(part()),
      storage.replicate(part({ entries: entries(1) })),
      storage.replicate(later),
      storage.replicate({ ...later, afterSeq: 2, entries: entries(3, 4) }),
      storage.replicate({ ...later, entries: [] }),
      seqs(storage),
    ]).toEqual([{ seq: 2 }, { seq: 2 }, { seq: 3 }, { seq: 4 }, { seq: 4 }, [1, 2, 3, 4]]);
  });
  check("refuse an entry that differs, and keep what they have", (storage) => {
    storage.replicate(part());
    const differing = [
      { payload: '{"x":1}' },
      { at: 1 },
      { type: "workflow_failed" },
      { stepId: "a", attemptNumber: 1 },
    ].map((more) => part({ entries: [...entries(1), { ...entry(2), runId: "copy", ...more }] }));
    expect(differing.map((one) => codeOf(() => storage.replicate(one)))).toEqual(
      differing.map(() => "journal_diverged"),
    );
    expect([...storage.readJournal("copy")]).toEqual(entries(1, 2));
  });
  check("refuse another beginning of the same run", (storage) => {
    storage.replicate(part());
    const others = [{ createdAt: 11 }, { inputs: { a: 2 } }, { context: {} }];
    expect(
      others.map((more) =>
        codeOf(() => storage.replicate(part({ newRun: { ...fresh, ...more } }))),
      ),
    ).toEqual(others.map(() => "journal_diverged"));
  });
  check("refuse a part that leaves a gap, or has one", (storage) => {
    expect(codeOf(() => storage.replicate(part({ afterSeq: 1, entries: entries(2) })))).toEqual(
      "internal",
    );
    expect(storage.getRun("copy")).toEqual(undefined);
    storage.replicate(part());
    const gaps = [
      part({ afterSeq: 3, entries: entries(4) }),
      part({ afterSeq: 2, entries: entries(3, 5) }),
      part({ afterSeq: 2, entries: [entry(3)] }),
    ];
    expect(gaps.map((one) => codeOf(() => storage.replicate(one)))).toEqual(
      gaps.map(() => "internal"),
    );
    expect(seqs(storage)).toEqual([1, 2]);
  });
  check("need the run's beginning first", (storage) => {
    const { newRun: _newRun, ...later } = part();
    expect(codeOf(() => storage.replicate(later))).toEqual("run_not_found");
  });
  check("do not replace a run of this database or of a third backend", (storage) => {
    const mine = { ...fresh, runId: "r1", createdAt: 11 };
    expect(codeOf(() => storage.replicate(part({ runId: "r1", newRun: mine })))).toEqual(
      "run_exists",
    );
    storage.replicate(part());
    const elsewhere = { ...fresh, createdAt: 11 };
    expect(
      codeOf(() => storage.replicate(part({ backend: "elsewhere", newRun: elsewhere }))),
    ).toEqual("run_exists");
    expect(storage.getRun("r1")?.owner).toEqual(owner);
  });
  check("have the row of their newest part, even if an older part is sent again", (storage) => {
    const paused = part({ run: { ...PAUSED, wakeAt: 30 } as NonNullable<ReplicaPart["run"]> });
    const ended = part({
      afterSeq: 2,
      entries: entries(3),
      run: { ...COMPLETED, used: { attempts: 2, usd: 0.5 } } as NonNullable<ReplicaPart["run"]>,
    });
    storage.replicate(paused);
    const { state, pauseReason, wakeAt } = storage.getRun("copy") ?? {};
    storage.replicate(ended);
    storage.replicate(paused);
    storage.replicate(ended);
    const { used, ...row } = storage.getRun("copy") ?? begun("copy");
    expect([state, pauseReason, wakeAt, row.state, row.finishedAt, row.wakeAt, used]).toEqual([
      ...["paused", "waiting", 30, "completed", 20, undefined],
      { attempts: 2, usd: 0.5 },
    ]);
  });
  check("keep definitions, artifacts, checkpoints and logs once", (storage) => {
    const later = { ...definition, hash: "b".repeat(64), createdAt: 2 };
    const artifact = { sha256: "c".repeat(64), content: '"x"' };
    const log = { runId: "copy", stepId: "a", attemptNumber: 1, stream: "stdout", at: 3 } as const;
    const chunks = ["one", "two"].map((text) => ({ ...log, text }));
    const full = part({
      newRun: { ...fresh, definitionHash: later.hash },
      definitions: [later],
      artifacts: [artifact],
      checkpoints: [checkpoint("c1", 2, { runId: "copy" })],
      logs: { after: 0, chunks },
    });
    expect([storage.replicate(full), storage.replicate(full)]).toEqual([
      { seq: 2, logCount: 2 },
      { seq: 2, logCount: 2 },
    ]);
    storage.replicate({ ...full, logs: { after: 1, chunks: [...chunks.slice(1), ...chunks] } });
    expect([
      storage.getWorkflow(later.hash),
      storage.getArtifact(artifact.sha256),
      storage.listCheckpoints("copy").map(({ checkpointId }) => checkpointId),
      storage.readLogs("copy").map(({ text }) => text),
    ]).toEqual([later, '"x"', ["c1"], ["one", "two", "one", "two"]]);
  });
  check("know the definitions that a run came to, and that it went back", (storage) => {
    const later = {
      ...definition,
      hash: "b".repeat(64),
      definition: '{"id":"w","steps":[{"id":"a"}]}',
      stepCount: 1,
    };
    const changed = {
      ...entry(3, "definition_changed", JSON.stringify({ definitionHash: later.hash })),
      runId: "copy",
    };
    storage.replicate(part());
    storage.replicate(part({ definitions: [later], entries: [...entries(1, 2), changed] }));
    const run = storage.getRun("copy");
    expect([run?.currentDefinitionHash, run?.stepCount, storage.hasGoneBack("copy")]).toEqual([
      later.hash,
      1,
      true,
    ]);
  });
  check("are neither claimed nor written here", (storage) => {
    storage.replicate(part());
    expireLeases(storage, traits, ["r1"]);
    expect([
      codeOf(() => storage.acquireLease(claim(false))),
      codeOf(() => write(storage, { runs: [turn({ runId: "copy", entries: entries(3) })] })),
      storage.listClaimable(1000, 10).map(({ runId }) => runId),
      seqs(storage),
    ]).toEqual(["run_owned_elsewhere", "lease_lost", ["r1"], [1, 2]]);
  });
  check("go on here once they are adopted, and take no more parts", (storage) => {
    storage.replicate(part());
    expect(storage.acquireLease(claim(true))).toEqual({ held: true, leaseEpoch: 2 });
    write(storage, { runs: [turn({ runId: "copy", leaseEpoch: 2, entries: entries(3) })] });
    expect([
      codeOf(() => storage.replicate(part({ afterSeq: 2, entries: entries(3) }))),
      storage.getRun("copy")?.backend,
      seqs(storage),
    ]).toEqual(["journal_diverged", undefined, [1, 2, 3]]);
  });
  check("are removed like any other run once they have ended", (storage) => {
    storage.replicate(part({ run: COMPLETED as NonNullable<ReplicaPart["run"]> }));
    const [removed] = storage.removeRuns({ runIds: ["copy"], isHeld: () => true });
    expect([removed?.outcome, storage.getRun("copy")]).toEqual(["removed", undefined]);
  });
}
