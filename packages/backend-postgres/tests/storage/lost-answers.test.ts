import { TcpProxy } from "@automatosx/test-servers/proxy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPostgresStorage, type PostgresStorage } from "../../src/index.js";
import { Connection } from "../../src/storage/connection/connect.js";
import { begin, beginning, OWNER, seqsOf, turn, until } from "../support/commits.js";
import { emptyTables, query } from "../support/empty-tables.js";
import { sharedServer } from "../support/server.js";

const COMPLETED = {
  state: "completed",
  status: "completed",
  updatedAt: 2000,
  finishedAt: 2000,
} as const;

describe("a commit whose answer is lost", () => {
  const server = sharedServer();
  let url = "";
  let proxy: TcpProxy;
  /** Sees the database as it is. */
  let direct: PostgresStorage;
  /** Sees it through the proxy. */
  let storage: PostgresStorage;

  beforeEach(async () => {
    url ||= server.current.createDatabase();
    direct = await openPostgresStorage({ url, waitMs: 10_000 });
    await emptyTables(url);
    proxy = await TcpProxy.to(server.current.port);
    storage = await openPostgresStorage({ url: proxy.urlFor(url), waitMs: 300, answerMs: 600 });
    begin(storage, "r1");
    // The connection of the asynchronous calls is open.
    await storage.asynchronous.commit(turn("r1", [1]));
  });
  afterEach(async () => {
    storage.close();
    direct.close();
    await proxy[Symbol.asyncDispose]();
  });

  /** Sends a commit whose answer does not come, waits until it is stored, and for its rejection. */
  async function losing(commit: Parameters<PostgresStorage["commit"]>[0], stored: () => boolean) {
    await proxy.hold("from the server");
    const rejected = storage.asynchronous.commit(commit).catch((error) => error);
    await until(stored, "the commit is stored");
    const error = await rejected;
    expect(error.code).toBe("database_busy");
    await proxy.cut();
    await proxy.release();
  }

  test("is stored once when it is repeated, with its output", async () => {
    const chunk = {
      runId: "r1",
      stepId: "a",
      attemptNumber: 1,
      stream: "stdout",
      at: 1,
      text: "x",
    } as const;
    // Then the length of the output is known.
    await storage.asynchronous.commit(turn("r1", [], {}, [{ ...chunk, text: "first" }]));
    const commit = turn("r1", [2, 3], {}, [chunk]);
    await losing(commit, () => direct.getRun("r1")?.journalSeq === 3);
    await storage.asynchronous.commit(structuredClone(commit));
    await storage.asynchronous.commit(turn("r1", [4]));
    expect([seqsOf(direct, "r1"), direct.readLogs("r1").map(({ text }) => text)]).toEqual([
      [1, 2, 3, 4],
      ["first", "x"],
    ]);
  });

  test("is a success when it is repeated, although it has released the run", async () => {
    const commit = turn("r1", [2], { run: { ...COMPLETED, release: true } });
    await losing(commit, () => direct.getRun("r1")?.status === "completed");
    await storage.asynchronous.commit(structuredClone(commit));
    const { owner, state, leaseEpoch } = direct.getRun("r1") ?? {};
    expect([owner, state, leaseEpoch, seqsOf(direct, "r1")]).toEqual([
      undefined,
      "completed",
      1,
      [1, 2],
    ]);
  });

  test("is a success when it is repeated, although its release came without entries", async () => {
    const commit = turn("r1", [], { run: { ...COMPLETED, release: true } });
    await losing(commit, () => direct.getRun("r1")?.status === "completed");
    await storage.asynchronous.commit(structuredClone(commit));
    expect(direct.getRun("r1")?.owner).toBe(undefined);
  });

  test("starts its run once; another run with its id is refused", async () => {
    const commit = beginning("r2");
    await losing(commit, () => direct.getRun("r2") !== undefined);
    await storage.asynchronous.commit(structuredClone(commit));
    const other = {
      ...beginning("r2").newRuns[0],
      createdAt: 1,
    } as (typeof commit.newRuns)[number];
    await expect(
      storage.asynchronous.commit({ ...commit, newRuns: [other] }),
    ).rejects.toMatchObject({ code: "run_exists", runId: "r2" });
  });

  test("is repeated with what came after it", async () => {
    await losing(turn("r1", [2]), () => direct.getRun("r1")?.journalSeq === 2);
    await storage.asynchronous.commit(turn("r1", [2, 3]));
    expect(seqsOf(direct, "r1")).toEqual([1, 2, 3]);
  });

  test("is refused when another engine has continued from before it", async () => {
    await proxy.hold("to the server", "from the server");
    const commit = turn("r1", [2]);
    await expect(storage.asynchronous.commit(commit)).rejects.toMatchObject({
      code: "database_busy",
    });
    const claimed = direct.acquireLease({
      runId: "r1",
      owner: { ...OWNER, ownerId: "engine-2" },
      now: Date.now(),
      leaseUntil: Date.now() + 60_000,
      isDead: () => true,
    });
    expect(claimed).toMatchObject({ held: true, leaseEpoch: 2 });
    await direct.asynchronous.commit(turn("r1", [2], { leaseEpoch: 2 }));
    await direct.asynchronous.commit(turn("r1", [3], { leaseEpoch: 2 }));
    await proxy.release();
    const other = turn("r1", [2], {
      entries: [{ runId: "r1", seq: 2, type: "steps_scheduled", at: 1, payload: '{"other":1}' }],
    });
    await expect(storage.asynchronous.commit(other)).rejects.toMatchObject({ code: "lease_lost" });
    expect(seqsOf(direct, "r1")).toEqual([1, 2, 3]);
  });

  test("changes nothing when it arrives after its repetition and later commits", async () => {
    await proxy.hold("to the server");
    const late = turn("r1", [2], {
      run: { state: "paused", status: "paused", updatedAt: 1002, release: true },
      cached: [{ key: "b".repeat(64), seq: 2, at: 1002 }],
    });
    await expect(storage.asynchronous.commit(late)).rejects.toMatchObject({
      code: "database_busy",
    });
    // The engine's process reaches the server by another way, and continues.
    const passed = proxy.passed;
    await direct.asynchronous.commit(structuredClone(late));
    const claimed = direct.acquireLease({
      ...{ runId: "r1", owner: OWNER, now: Date.now(), leaseUntil: Date.now() + 60_000 },
      isDead: () => false,
    });
    const running = { state: "executing_steps", status: "running", updatedAt: 1003 } as const;
    await direct.asynchronous.commit(turn("r1", [3], { leaseEpoch: 2, run: running }));
    const before = direct.getRun("r1");
    await proxy.release();
    await until(() => proxy.passed > passed, "the late commit has arrived");
    await until(
      () => direct.getRun("r1") !== undefined,
      "the server has looked at the late commit",
    );
    await idle(url);
    expect([claimed, direct.getRun("r1"), seqsOf(direct, "r1")]).toEqual([
      { held: true, leaseEpoch: 2 },
      before,
      [1, 2, 3],
    ]);
  });

  test("is not sent again when the engine repeats what was stored", async () => {
    const commit = turn("r1", [2], { run: { ...COMPLETED, release: true } });
    await storage.asynchronous.commit(commit);
    await storage.asynchronous.commit({ ...commit });
    expect([direct.getRun("r1")?.status, seqsOf(direct, "r1")]).toEqual(["completed", [1, 2]]);
  });

  test("does not keep a process that closes its connections", async () => {
    const { hostname, port } = new URL(proxy.urlFor(url));
    const name = `${hostname}:${port}`;
    const connection = await Connection.open(
      { url: proxy.urlFor(url), name, applicationName: "closing", readOnly: false },
      5_000,
    );
    await proxy.hold("to the server", "from the server");
    await connection.close();
    expect(connection.isOpen).toBe(false);
  });

  test("of a claim is repaired by asking again", async () => {
    const claim = () =>
      storage.acquireLease({
        runId: "r1",
        owner: { ...OWNER, ownerId: "engine-2" },
        now: Date.now(),
        leaseUntil: Date.now() + 60_000,
        isDead: ({ ownerId }) => ownerId === "engine-1",
      });
    await proxy.hold("from the server");
    expect(claim).toThrow(expect.objectContaining({ code: "database_busy" }));
    await proxy.cut();
    await proxy.release();
    let claimed: ReturnType<typeof claim> | undefined;
    await until(() => {
      try {
        claimed = claim();
      } catch (error) {
        expect(error).toMatchObject({ code: "database_busy" });
      }
      return claimed !== undefined;
    }, "the server answers again");
    expect([claimed?.held, direct.getRun("r1")?.owner?.ownerId]).toEqual([true, "engine-2"]);
  });
});

/** Waits until no connection through the proxy is working on a statement. */
async function idle(url: string): Promise<void> {
  const text = `SELECT count(*)::int AS busy FROM pg_stat_activity
    WHERE application_name = 'axw' AND state = 'active'`;
  for (;;) {
    const [row] = await query(url, text);
    if (row?.["busy"] === 0) return;
  }
}
