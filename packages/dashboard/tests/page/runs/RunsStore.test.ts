import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunRow } from "../../../src/api/common.schema.js";
import type { RunList } from "../../../src/api/run.schema.js";
import { ApiProblem } from "../../../src/page/client/call.js";
import { type RunsRequest, RunsStore } from "../../../src/page/runs/RunsStore.js";
import { page, row } from "./rows.js";

vi.mock("../../../src/page/shell/session.js", () => ({ isKeyRefused: { value: false } }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server whose answers the test sets. */
function served(answer: (request: RunsRequest) => RunList | Error): {
  store: RunsStore;
  requests: RunsRequest[];
} {
  const requests: RunsRequest[] = [];
  const store = new RunsStore(async (request) => {
    requests.push(request);
    const given = answer(request);
    if (given instanceof Error) throw given;
    return given;
  });
  return { store, requests };
}

const pulse = {
  now: 1,
  version: "1",
  database: "db",
  isReadOnly: false,
  typed: { program: "axw", database: "" },
  counts: { running: 0, completed: 0, failed: 0, paused: 0, cancelled: 0 },
  gates: 0,
};

const change = (...runs: RunRow[]): { runs: RunRow[]; pulse: typeof pulse } => ({ runs, pulse });

const ids = (store: RunsStore): unknown => store.list.value?.runs.map(({ runId }) => runId);

describe("RunsStore", () => {
  test("a run that begins waits until the reader asks for it", async () => {
    let runs = [row("a", { createdAt: 10 })];
    const { store } = served(() => page(runs));
    await store.show({ limit: 50 });
    runs = [row("b", { createdAt: 20 }), ...runs];

    store.take(change(row("b", { createdAt: 20 })));
    await vi.advanceTimersByTimeAsync(2000);

    expect({ ids: ids(store), waiting: store.newCount.value }).toEqual({ ids: ["a"], waiting: 1 });
    expect(store.list.value?.counts.running).toBe(2);

    await store.show({ limit: 50 });
    expect({ ids: ids(store), waiting: store.newCount.value }).toEqual({
      ids: ["b", "a"],
      waiting: 0,
    });
  });

  test("a run that is shown changes at once, where it stands", async () => {
    const { store, requests } = served(() => page([row("b"), row("a")]));
    await store.show({});
    store.take(change(row("a", { journalSeq: 7, updatedAt: 9 })));
    expect(store.list.value?.runs[1]?.updatedAt).toBe(9);
    await vi.advanceTimersByTimeAsync(5000);
    expect(requests).toHaveLength(1);
  });

  test("a run that no longer matches the filter stays until the list is shown again", async () => {
    let runs = [row("b"), row("a")];
    const { store } = served(() => page(runs));
    await store.show({ status: "open" });
    runs = [row("b")];
    store.take(change(row("a", { status: "completed", state: "completed", journalSeq: 8 })));
    await vi.advanceTimersByTimeAsync(2000);
    expect(store.list.value?.runs.map(({ status }) => status)).toEqual(["running", "completed"]);
  });

  test("many changes within a short time are one request", async () => {
    const { store, requests } = served(() => page([row("a")]));
    await store.show({});
    for (const id of ["b", "c", "d"]) store.take(change(row(id)));
    await vi.advanceTimersByTimeAsync(2000);
    expect(requests).toHaveLength(2);
  });

  test("the first run appears in an empty list at once", async () => {
    let runs: RunRow[] = [];
    const { store } = served(() => page(runs));
    await store.show({});
    runs = [row("a")];
    store.take(change(row("a")));
    await vi.advanceTimersByTimeAsync(2000);
    expect({ ids: ids(store), waiting: store.newCount.value }).toEqual({ ids: ["a"], waiting: 0 });
  });

  test("a request that fails keeps the list and says why", async () => {
    let answer: RunList | Error = page([row("a")]);
    const { store } = served(() => answer);
    await store.show({});
    answer = new ApiProblem(503, { code: "database_busy", message: "Busy." });
    await store.show({ q: "x" });
    expect({ ids: ids(store), stale: store.isStale.value }).toEqual({ ids: ["a"], stale: true });
    expect(store.problem.value?.body.code).toBe("database_busy");
  });

  test("an answer that comes after the next request is dropped", async () => {
    const answers = new Map<string, (list: RunList) => void>();
    const store = new RunsStore(({ q = "" }) => new Promise((resolve) => answers.set(q, resolve)));
    const first = store.show({ q: "slow" });
    const second = store.show({ q: "quick" });
    answers.get("quick")?.(page([row("quick")]));
    await second;
    answers.get("slow")?.(page([row("slow")]));
    await first;
    expect(ids(store)).toEqual(["quick"]);
  });

  test("nothing is shown for the first moment, then the shape", async () => {
    const store = new RunsStore(() => new Promise(() => {}));
    void store.show({});
    await vi.advanceTimersByTimeAsync(149);
    expect(store.isSlow.value).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(store.isSlow.value).toBe(true);
  });

  test("rows whose journals were not read yet are asked for again", async () => {
    let figures: RunRow["figures"] = null;
    const { store } = served(() => page([row("a", { figures })]));
    await store.show({});
    figures = row("x").figures;
    await vi.advanceTimersByTimeAsync(2000);
    expect(store.list.value?.runs[0]?.figures).toEqual(figures);
  });

  test("figures that never come are not asked for without end", async () => {
    const { store, requests } = served(() => page([row("a", { figures: null })]));
    await store.show({});
    await vi.advanceTimersByTimeAsync(600_000);
    expect(requests).toHaveLength(21);
  });

  test("a page further back counts no new runs", async () => {
    const { store } = served(({ cursor }) => page([row(cursor ?? "first")]));
    await store.show({ cursor: "second" });
    store.refreshSoon();
    await vi.advanceTimersByTimeAsync(2000);
    expect({ ids: ids(store), waiting: store.newCount.value }).toEqual({
      ids: ["second"],
      waiting: 0,
    });
  });
});
