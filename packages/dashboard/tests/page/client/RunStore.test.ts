import { signal } from "@preact/signals";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Run, WireEntry } from "../../../src/api/run.schema.ts";
import { RunStore } from "../../../src/page/client/RunStore.ts";
import type { RunHost } from "../../../src/page/client/run-host.ts";
import type { Listener } from "../../../src/page/client/stream.ts";
import {
  completed,
  type Fact,
  failed,
  PREPARATION,
  sampleRow,
  sampleRun,
  snapshotOf,
  started,
  viewOf,
  wireOf,
} from "../support/sample-run.ts";

const RETRY = { initialDelayMs: 100, factor: 1, maxDelayMs: 100, jitter: "none" } as const;
const STEPS = [
  { id: "a" },
  { id: "b", dependencies: ["a"], retries: 1, retry: RETRY },
  { id: "c", dependencies: ["a"], continueOnError: true },
];
const FACTS: readonly Fact[] = [
  ...PREPARATION,
  started("a"),
  completed("a", 1, { usage: { usd: 0.5, tokens: 100 } }),
  started("b", "c"),
  failed("b", 1, { usage: { usd: 0.25 } }),
  failed("c", 1),
  started("b"),
  completed("b", 2),
];
const WIRE = wireOf(...FACTS);

class FakeHost implements RunHost {
  readonly clock = signal(0);
  readonly followed: unknown[] = [];
  readonly watched: (string | undefined)[] = [];
  readonly journalRequests: [after: number, limit: number][] = [];
  readonly tasks: (() => void)[] = [];
  journal: readonly WireEntry[] = WIRE;
  run: Run = sampleRun(STEPS, WIRE);
  runReads = 0;
  listener: Listener = {};
  frames = 0;
  send = (): Promise<{ runId: string }> => Promise.resolve({ runId: "run" });
  readonly stream = {
    listen: (listener: Listener) => {
      this.listener = listener;
      return () => {
        this.listener = {};
      };
    },
    follow: (followed: unknown) => this.followed.push(followed),
    watch: (attempt: string | undefined) => this.watched.push(attempt),
  } as unknown as RunHost["stream"];
  readRun = (): Promise<Run> => {
    this.runReads += 1;
    return Promise.resolve(this.run);
  };
  readJournal = (_: string, after: number, limit: number) => {
    this.journalRequests.push([after, limit]);
    const entries = this.journal.slice(after, after + Math.min(limit, 4));
    return Promise.resolve({ entries, head: this.journal.length });
  };
  task = (): Promise<void> => Promise.resolve();
  idle = (): Promise<void> => Promise.resolve();
  frame = (callback: () => void): void => {
    this.frames += 1;
    callback();
  };
  syncClock = (now: number): void => {
    this.clock.value = now;
  };
}

async function opened(run: Run): Promise<{ host: FakeHost; store: RunStore }> {
  const host = new FakeHost();
  const store = await RunStore.open(run, host);
  store.follow();
  return { host, store };
}

/** What is seen of a run. */
const shown = ({ view }: RunStore) => ({
  seq: view.seq,
  statuses: view.steps().map(({ id, status }) => [id, status]),
  attempts: STEPS.map(({ id }) => view.attempts(id).map(({ status }) => status)),
});

const seenAt = (seq: number) => {
  const view = viewOf(STEPS, ...FACTS.slice(0, seq));
  return {
    seq,
    statuses: view.steps().map(({ id, status }) => [id, status]),
    attempts: STEPS.map(({ id }) => view.attempts(id).map(({ status }) => status)),
  };
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
};

afterEach(() => vi.useRealTimers());

describe("RunStore.receive", () => {
  test("folds entries as they arrive, and none of them twice", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 6)));
    const before = store.version.value;
    host.listener.entries?.({ runId: "run", entries: WIRE.slice(4, 9) });
    host.listener.entries?.({ runId: "other", entries: WIRE.slice(9) });
    host.listener.entries?.({ runId: "run", entries: WIRE.slice(2, 9) });
    await settle();
    expect(shown(store)).toEqual(seenAt(9));
    expect(store.version.value).toBeGreaterThan(before);
    expect(host.journalRequests).toEqual([]);
  });

  test("reads the entries that are missing before those that arrive", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 2)));
    host.listener.entries?.({ runId: "run", entries: WIRE.slice(11) });
    await settle();
    expect(shown(store)).toEqual(seenAt(12));
    expect(host.journalRequests.map(([after]) => after)).toEqual([2, 6, 10]);
    expect(store.problem.value).toBeUndefined();
  });

  test("keeps what it has if the missing entries cannot be read, and says so", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 2)));
    host.readJournal = () => Promise.reject(new Error("busy"));
    host.listener.entries?.({ runId: "run", entries: WIRE.slice(11) });
    await settle();
    expect(shown(store).seq).toBe(2);
    expect(store.problem.value).toEqual(new Error("busy"));
    host.readJournal = (_: string, after: number) =>
      Promise.resolve({ entries: WIRE.slice(after), head: 12 });
    host.listener.entries?.({ runId: "run", entries: WIRE.slice(11) });
    await settle();
    expect(shown(store).seq).toBe(12);
    expect(store.problem.value).toBeUndefined();
  });

  test("stops before an entry that the core refuses", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 6)));
    const bad: WireEntry = [7, "step_completed", 7000, "c", 1, '{"result":1}'];
    host.listener.entries?.({ runId: "run", entries: [bad, ...WIRE.slice(7)] });
    await settle();
    expect(shown(store)).toEqual(seenAt(6));
    expect(store.damage.value?.seq).toBe(7);
    expect(store.facts.damage).toContain("journal entry 7 (step_completed)");
  });

  test("reads the run again when it goes back and large results were left out", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 7), { hasStubs: true }));
    host.run = sampleRun(STEPS, WIRE, { hasStubs: false, row: sampleRow({ status: "paused" }) });
    const back: WireEntry = [8, "steps_reopened", 8000, null, null, "{}"];
    host.listener.entries?.({ runId: "run", entries: [back] });
    await settle();
    expect(host.runReads).toBe(1);
    expect(shown(store)).toEqual(seenAt(12));
    expect(store.row.value.status).toBe("paused");
  });

  test("keeps the event that is looked back at when it reads the run again", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 7), { hasStubs: true }));
    await store.lookAt(6);
    host.run = sampleRun(STEPS, WIRE);
    const back: WireEntry = [8, "steps_reopened", 8000, null, null, "{}"];
    host.listener.entries?.({ runId: "run", entries: [back] });
    await settle();
    expect([store.at.value, store.live.seq]).toEqual([6, 12]);
    expect(shown(store)).toEqual(seenAt(6));
  });
});

describe("RunStore.lookAt", () => {
  test("shows the run as it was after any entry, in any order", async () => {
    const { store } = await opened(sampleRun(STEPS, WIRE));
    for (const seq of [3, 11, 10, 9, 1, 6, 2]) {
      await store.lookAt(seq);
      expect(store.at.value).toBe(seq);
      expect(shown(store)).toEqual(seenAt(seq));
    }
    await store.lookAt(undefined);
    expect(store.at.value).toBeUndefined();
    expect(shown(store)).toEqual(seenAt(12));
  });

  test("shows the instant of the event, while the run continues unseen", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 9)));
    await store.lookAt(7);
    host.listener.entries?.({ runId: "run", entries: WIRE.slice(9) });
    await settle();
    expect(store.now.value).toBe(7000);
    expect(shown(store)).toEqual(seenAt(7));
    expect(store.live.seq).toBe(12);
    expect(store.facts.ownerState).toBe("alive");
    await store.lookAt(12);
    expect(store.at.value).toBeUndefined();
    expect(store.now.value).toBe(100_000);
  });

  test("knows what was used up to the event that is shown", async () => {
    const { store } = await opened(sampleRun(STEPS, WIRE));
    expect(store.usedBy("a")).toEqual({ usd: 0.5, tokens: 100, isAtLeast: false });
    expect(store.usedBy("b")).toEqual({ usd: 0.25, isAtLeast: true });
    expect(store.usedBy("b", 2)).toEqual({ isAtLeast: true });
    await store.lookAt(8);
    expect(store.usedBy("b")).toBeUndefined();
    expect(store.knownUse).toEqual({ usd: true, tokens: true });
  });
});

describe("a run with a long journal", () => {
  const long = () =>
    sampleRun(STEPS, WIRE.slice(0, 4), {
      head: 10,
      snapshot: snapshotOf(viewOf(STEPS, ...FACTS.slice(0, 10))),
    });

  test("is shown from a snapshot at once, and the skipped entries are read afterwards", async () => {
    const host = new FakeHost();
    const store = await RunStore.open(long(), host);
    expect(store.view.seq).toBe(10);
    expect(shown(store).statuses).toEqual(seenAt(10).statuses);
    expect(store.hasHistory.value).toBe(false);
    store.follow();
    store.receive(WIRE.slice(10, 11));
    await settle();
    store.receive(WIRE.slice(11));
    await settle();
    expect(store.hasHistory.value).toBe(true);
    expect(shown(store)).toEqual(seenAt(12));
    expect(store.entries).toEqual(WIRE);
    await store.lookAt(7);
    expect(shown(store)).toEqual(seenAt(7));
  });

  test("can be looked back at before its history was read", async () => {
    const host = new FakeHost();
    const store = await RunStore.open(long(), host);
    await store.lookAt(6);
    expect(shown(store)).toEqual(seenAt(6));
    expect(host.journalRequests.map(([after]) => after)).toEqual([4, 8]);
  });

  test("tries to read the history again after a failure", async () => {
    const host = new FakeHost();
    const store = await RunStore.open(long(), host);
    const read = host.readJournal;
    host.readJournal = () => Promise.reject(new Error("busy"));
    await expect(store.lookAt(6)).rejects.toThrow("busy");
    expect(store.problem.value).toEqual(new Error("busy"));
    host.readJournal = read;
    await store.lookAt(6);
    expect(shown(store)).toEqual(seenAt(6));
  });
});

describe("RunStore.follow", () => {
  test("follows from the last entry, and passes on the watched attempt and its hints", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 6)));
    store.watched.value = "a/1";
    const hint = { runId: "run", step: "a", attempt: 1, lines: 4 };
    host.listener.log?.(hint);
    expect(host.watched).toEqual([undefined, "a/1"]);
    expect(store.logHint.value).toEqual(hint);
    expect((host.followed[0] as { after(): number }).after()).toBe(6);
    store.close();
    expect(host.followed.at(-1)).toBeUndefined();
    expect(host.listener).toEqual({});
  });

  test("takes the row and the actions from messages about the owner", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 6)));
    const owner = { pid: 7, host: "here", state: "gone" } as const;
    const actions = { pause: { can: false, because: "gone", command: "axw" } } as never;
    host.listener.owner?.({ owner, row: sampleRow({ owner }), actions });
    expect(store.facts.ownerState).toBe("gone");
    expect(store.actions.value).toEqual(actions);
  });

  test("keeps the rows of child runs up to date", async () => {
    const { host, store } = await opened(sampleRun(STEPS, WIRE.slice(0, 6)));
    const child = sampleRow({ runId: "run.a", parentRunId: "run" });
    const other = sampleRow({ runId: "other" });
    host.listener.runs?.({ runs: [child, other], pulse: {} as never });
    expect(store.children.value).toEqual([child]);
  });
});
