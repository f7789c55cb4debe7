import { renameSync } from "node:fs";
import { ChangeWatcher, openSqliteStorage } from "@automatosx/workflow/observe";
import { describe, expect, test, vi } from "vitest";
import { MESSAGES } from "../../src/api/message.schema.js";
import type { Run, WireEntry } from "../../src/api/run.schema.js";
import { receivedRun } from "../../src/fold/received-run.js";
import { MessageReader } from "../support/messages.js";
import { completed, Served } from "../support/served.js";

const TWO = `
id: two
steps:
  - { id: first, agentId: gate, task: Wait. }
  - { id: second, agentId: gate, task: Wait., dependencies: [first] }
`;
const MANY = `
id: many
steps:
  - id: each
    agentId: worker
    task: Work.
    foreach: { in: [${Array.from({ length: 600 }, (_, item) => item).join(", ")}], as: item }
`;

/** An agent that waits until it may answer. */
function gate(): { readonly open: () => void; readonly agent: () => Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, agent: () => promise.then(() => 1) };
}

/** Reads entries up to one of a type. */
async function entriesUntil(messages: MessageReader, type: string): Promise<WireEntry[]> {
  const all: WireEntry[] = [];
  while (all.at(-1)?.[1] !== type) all.push(...(await messages.until("entries")).entries);
  return all;
}

describe("GET /stream", () => {
  test("stops watching the database when an error ends it", async () => {
    await using served = new Served();
    const engine = await served.engine({ gate: () => 1 });
    const { runId } = await completed(engine, TWO);
    const storage = openSqliteStorage({ path: served.database });
    const dashboard = served.dashboard({ storage });
    vi.spyOn(storage, "readJournal").mockImplementation(() => {
      throw new TypeError("A bug.");
    });
    const stop = vi.fn();
    const listen = vi.spyOn(ChangeWatcher.prototype, "listen").mockReturnValue(stop);
    const response = await dashboard.request(`/api/v1/stream?run=${runId}`);
    await expect(response.text()).rejects.toThrow("A bug.");
    expect([listen.mock.calls.length, stop.mock.calls.length]).toEqual([1, 1]);
    vi.restoreAllMocks();
    storage.close();
  });

  test("continues the journal where the answer of GET /runs/:run ends", async () => {
    await using served = new Served();
    const { open, agent } = gate();
    const engine = await served.engine({ gate: agent });
    const run = await engine.start(TWO);
    const dashboard = served.dashboard();
    const answer = await dashboard.get<Run>(`/runs/${run.id}`);
    const { view, carried } = receivedRun(answer);
    expect(view.status).toBe("running");
    await using messages = await MessageReader.open(
      dashboard,
      `run=${run.id}&after=${answer.head}`,
    );
    open();
    while (!view.hasEnded) {
      const { entries } = await messages.until("entries");
      for (const entry of entries) view.fold(carried.take(entry));
    }
    expect(view.counts()).toMatchObject({ total: 2, completed: 2 });
  });

  test("sends each entry once, in messages of at most 500, each with the number of its last", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => 1 });
    const { runId } = await completed(engine, MANY);
    await using messages = await MessageReader.open(served.dashboard(), `run=${runId}`);
    const seen: number[] = [];
    const sizes: number[] = [];
    for (let last = ""; last !== "complete_workflow"; ) {
      const message = await messages.next();
      if (message?.name !== "entries") continue;
      const { entries } = message.data;
      expect(message.id).toBe(entries.at(-1)?.[0]);
      sizes.push(entries.length);
      seen.push(...entries.map(([seq]) => seq));
      last = entries.at(-1)?.[1] ?? "";
    }
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    expect([sizes[0], Math.max(...sizes)]).toEqual([500, 500]);
  });

  test("continues after the Last-Event-ID of a connection that was lost", async () => {
    await using served = new Served();
    const { open, agent } = gate();
    const engine = await served.engine({ gate: agent });
    const run = await engine.start(TWO);
    const dashboard = served.dashboard();
    const first = await MessageReader.open(dashboard, `run=${run.id}`);
    const before = (await first.until("entries")).entries;
    await first[Symbol.asyncDispose]();
    open();
    await run.ending;
    // Another server on the same database, as after a restart.
    const last = String(before.at(-1)?.[0]);
    await using again = await MessageReader.open(served.dashboard(), `run=${run.id}&after=0`, {
      "Last-Event-ID": last,
    });
    const after = await entriesUntil(again, "complete_workflow");
    expect([...before, ...after].map(([seq]) => seq)).toEqual(
      [...before, ...after].map((_, index) => index + 1),
    );
  });

  test("says first who owns the run, and again when that changes", async () => {
    await using served = new Served();
    const { open, agent } = gate();
    const engine = await served.engine({ gate: agent });
    const run = await engine.start(TWO);
    await using messages = await MessageReader.open(served.dashboard(), `run=${run.id}`);
    const first = await messages.until("owner");
    expect([first.owner?.state, first.owner?.pid, first.actions.pause?.can]).toEqual([
      "alive",
      process.pid,
      true,
    ]);
    open();
    const last = await messages.until("owner", ({ row }) => row.status === "completed");
    expect([last.owner, last.actions.pause?.can]).toEqual([null, false]);
  });

  test("lists runs that have changed since an instant, then each that changes", async () => {
    await using served = new Served();
    const { open, agent } = gate();
    const engine = await served.engine({ gate: agent });
    await engine.start(TWO, { runId: "old" });
    await using messages = await MessageReader.open(served.dashboard(), "since=0");
    const first = await messages.until("runs");
    expect(first.runs.map(({ runId, status }) => [runId, status])).toEqual([["old", "running"]]);
    open();
    const last = await messages.until("runs", ({ runs }) => runs[0]?.status === "completed");
    expect(last.pulse.counts).toMatchObject({ running: 0, completed: 1 });
  });

  test("sends the first run of an empty database", async () => {
    await using served = new Served();
    const engine = await served.engine({ gate: () => 1 });
    await using messages = await MessageReader.open(served.dashboard(), "");
    expect((await messages.until("runs")).runs).toEqual([]);
    await completed(engine, TWO, { runId: "first" });
    const { runs } = await messages.until("runs", (message) => message.runs.length > 0);
    expect(runs.map(({ runId }) => runId)).toEqual(["first"]);
  });

  test("hints that the watched log has grown", async () => {
    await using served = new Served();
    const { open, agent } = gate();
    const engine = await served.engine({
      gate: async (request) => {
        request.log("one\ntwo\n", "stdout");
        return agent();
      },
    });
    const run = await engine.start(TWO);
    await using messages = await MessageReader.open(
      served.dashboard(),
      `run=${run.id}&watch=${encodeURIComponent("first/1")}`,
    );
    const hint = await messages.until("log", ({ lines }) => lines > 0);
    open();
    expect(hint).toEqual({
      runId: run.id,
      step: "first",
      attempt: 1,
      at: expect.any(Number),
      lines: 2,
    });
  });

  test("sends messages that have the shapes of the API", async () => {
    await using served = new Served();
    const engine = await served.engine({ gate: () => 1 });
    const { runId } = await completed(engine, TWO);
    await using messages = await MessageReader.open(
      served.dashboard(),
      `run=${runId}&watch=first/1&since=0`,
    );
    const missing = new Set(["entries", "owner", "log", "runs", "gates", "ping"]);
    while (missing.size > 0) {
      const message = await messages.next();
      if (message === undefined) throw new Error("The stream ended.");
      expect(MESSAGES[message.name].parse(message.data)).toEqual(message.data);
      missing.delete(message.name);
    }
  });

  test.each([
    ["run=none", 404, "run_not_found"],
    ["watch=first", 400, "invalid_request"],
    ["after=-1", 400, "invalid_request"],
  ])("refuses %s", async (query, status, code) => {
    await using served = new Served();
    await served.engine({});
    const { status: found, body } = await served.dashboard().outcome(`/stream?${query}`);
    expect([found, body]).toEqual([status, expect.objectContaining({ code })]);
  });

  test("says that the database was moved, and ends", async () => {
    await using served = new Served();
    openSqliteStorage({ path: served.database }).close();
    await using messages = await MessageReader.open(served.dashboard(), "");
    await messages.until("ping");
    renameSync(served.database, `${served.database}.moved`);
    expect(await messages.until("problem")).toMatchObject({ code: "database_unusable" });
    expect(await messages.next()).toBeUndefined();
  });

  test("makes no more messages than a slow client takes", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => "x".repeat(900) });
    await completed(engine, MANY, { runId: "slow" });
    await completed(engine, MANY, { runId: "fast" });
    const storage = openSqliteStorage({ path: served.database });
    const readJournal = vi.spyOn(storage, "readJournal");
    const dashboard = served.dashboard({ storage });
    const response = await dashboard.request("/api/v1/stream?run=slow");
    await using fast = await MessageReader.open(dashboard, "run=fast");
    await entriesUntil(fast, "complete_workflow");
    const tailReads = (runId: string): number =>
      readJournal.mock.calls.filter(
        ([id, after = 0]) => id === runId && after > 0 && after % 500 === 0,
      ).length;
    expect({ slow: tailReads("slow"), fast: tailReads("fast") }).toEqual({
      slow: 0,
      fast: 1,
    });
    await response.body?.cancel();
    storage.close();
  });
});
