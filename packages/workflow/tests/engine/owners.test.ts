import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { openSqliteStorage, type StoragePort } from "../../src/index.js";
import { followRun } from "../../src/observe/index.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const definition = workflow({ a: [] });
const here = { ownerId: "other-engine", ...thisProcess() };
const { machine: _, ...old } = here;

const OWNERS = {
  alive: here,
  dead: { ...here, pid: 2 ** 30 },
  elsewhere: { ...here, machine: "other" },
  "of an old row, dead": { ...old, pid: 2 ** 30 },
  "of an old row, elsewhere": { ...old, host: `${hostname()}-2` },
} as const;

/** A run with a step in flight that another engine owns; its lease is valid for `leftMs`. */
async function ownedRun(owner: keyof typeof OWNERS, leftMs: number): Promise<StoragePort> {
  const storage = openSqliteStorage({ path: ":memory:" });
  const first = await bench({ a: { hangs: true } }, { storage });
  const run = await first.engine.start(definition, { runId: "job" });
  run.ending.catch(() => undefined);
  await first.clock.settle();
  await first.engine.close();
  storage.acquireLease({
    runId: "job",
    owner: OWNERS[owner],
    now: first.clock.now(),
    leaseUntil: first.clock.now() + leftMs,
    isDead: () => true,
  });
  return storage;
}

type Verb = (b: Bench) => Promise<unknown>;

const VERBS: Readonly<Record<string, Verb>> = {
  resume: async (b) => (await (await b.engine.resume("job")).ending).status,
  "start by id": async (b) =>
    (await (await b.engine.start(definition, { runId: "job" })).ending).status,
  pause: async (b) => {
    await b.engine.pause("job");
    return b.engine.storage.getRun("job")?.status;
  },
  cancel: async (b) => {
    await b.engine.cancel("job");
    return b.engine.storage.getRun("job")?.status;
  },
  checkpoint: async (b) => typeof (await b.engine.checkpoint("job")),
  send: async (b) => (await b.engine.send("job", { verb: "pause" })).ok,
};

const FREE: Readonly<Record<string, unknown>> = {
  resume: "completed",
  "start by id": "completed",
  pause: "paused",
  cancel: "cancelled",
  checkpoint: "string",
  send: true,
};

const held = (verb: string): unknown => (verb === "send" ? false : "run_owned_elsewhere");

/** Performs the verb; returns its result or error code, and how long it took on the clock, in s. */
async function perform(
  storage: StoragePort,
  verb: string,
): Promise<{ result: unknown; seconds: number }> {
  await using b = await bench({}, { storage });
  const before = b.clock.now();
  const done = VERBS[verb]?.(b).catch((error: { code?: string }) => error.code);
  const result = await b.clock.advanceUntil(done ?? Promise.resolve());
  return { result, seconds: Math.round((b.clock.now() - before) / 1000) };
}

const verbs = Object.keys(VERBS);

describe("a run whose owner is dead on this machine", () => {
  test.each(verbs)("is free at once for %s, also in an old row", async (verb) => {
    const done = await Promise.all(
      (["dead", "of an old row, dead"] as const).map(async (owner) =>
        perform(await ownedRun(owner, 30_000), verb),
      ),
    );
    const free = { result: FREE[verb], seconds: 0 };
    expect(done).toEqual([free, free]);
  });
});

describe("a run whose owner may be alive", () => {
  test.each(verbs)("is refused to %s while its lease is valid", async (verb) => {
    const done: unknown[] = [];
    for (const owner of ["alive", "elsewhere", "of an old row, elsewhere"] as const)
      done.push((await perform(await ownedRun(owner, 60_000), verb)).result);
    expect(done).toEqual([held(verb), held(verb), held(verb)]);
  });

  test.each(verbs)("is free for %s 20 s after it was first seen expired", async (verb) => {
    const done: unknown[] = [];
    for (const owner of ["alive", "elsewhere", "of an old row, elsewhere"] as const)
      done.push(await perform(await ownedRun(owner, -1), verb));
    const free = { result: FREE[verb], seconds: 20 };
    expect(done).toEqual([free, free, free]);
  });

  test("stays with its owner if the owner renews the lease in the meantime", async () => {
    const storage = await ownedRun("alive", -1);
    await using b = await bench({}, { storage });
    const before = b.clock.now();
    const refused = b.engine.resume("job").catch(({ code }: { code: string }) => code);
    await b.clock.advance(15_000);
    storage.renewLeases("other-engine", ["job"], b.clock.now() + 30_000);
    expect([await b.clock.advanceUntil(refused), b.clock.now() - before]).toEqual([
      "run_owned_elsewhere",
      16_000,
    ]);
  });

  test("is returned as it ended if its owner ended it in the meantime", async () => {
    const storage = await ownedRun("alive", -1);
    await using owner = await bench({}, { storage });
    await using b = await bench({}, { storage });
    const started = b.engine.start(definition, { runId: "job" });
    await b.clock.advance(5000);
    storage.releaseLease("job", storage.getRun("job")?.leaseEpoch ?? 0);
    await (await owner.engine.resume("job")).ending;
    const handle = await b.clock.advanceUntil(started);
    expect([(await handle.ending).status, b.agent.started]).toEqual(["completed", []]);
  });

  test("ends `followRun` without an engine when its lease has expired or its owner is dead", async () => {
    const streams = [await ownedRun("elsewhere", -1), await ownedRun("dead", 60_000)];
    const read: number[] = [];
    for (const storage of streams) {
      const events: unknown[] = [];
      for await (const event of followRun(storage, "job")) events.push(event);
      read.push(events.length);
    }
    expect(read.every((count) => count > 0)).toBe(true);
  });

  test("makes a resume reject when the engine closes, and leaves no timer", async () => {
    const b = await bench({}, { storage: await ownedRun("alive", -1) });
    const refused = expect(b.engine.resume("job")).rejects.toMatchObject({ code: "engine_closed" });
    await b.clock.advance(5000);
    await b.engine.close();
    await refused;
    expect(b.clock.timerCount).toBe(0);
  });

  test("is followed by events and journal while its lease is valid, and read to its end after that", async () => {
    const lengthOf = async (items: AsyncIterable<unknown>): Promise<number> => {
      const read: unknown[] = [];
      for await (const item of items) read.push(item);
      return read.length;
    };
    await using held = await bench({}, { storage: await ownedRun("elsewhere", 60_000) });
    const [first, second] = [AbortSignal.timeout(300), AbortSignal.timeout(600)];
    const followed = [
      await lengthOf(held.engine.events("job", { signal: first })),
      await lengthOf(held.engine.journal("job", { signal: second })),
    ];
    await using free = await bench({}, { storage: await ownedRun("elsewhere", -1) });
    const read = [
      await lengthOf(free.engine.events("job")),
      await lengthOf(free.engine.journal("job")),
    ];
    // A stream that ends by itself ends before its signal.
    expect([read, first.aborted, second.aborted]).toEqual([followed, true, true]);
  });
});

describe("recover", () => {
  test.each([
    ["alive", 60_000, { handles: [], waiting: [] }],
    ["elsewhere", 60_000, { handles: [], waiting: [] }],
    ["dead", 60_000, { handles: ["job"], waiting: [] }],
    ["of an old row, dead", 60_000, { handles: ["job"], waiting: [] }],
    ["alive", -1, { handles: [], waiting: ["job"] }],
    ["elsewhere", -1, { handles: [], waiting: ["job"] }],
  ] as const)("with an owner that is %s and a lease of %i ms", async (owner, leftMs, expected) => {
    await using b = await bench({}, { storage: await ownedRun(owner, leftMs) });
    const before = b.clock.now();
    const { handles, waiting, problems, suspects } = await b.engine.recover();
    expect([{ handles: handles.map(({ id }) => id), waiting }, problems, suspects]).toEqual([
      expected,
      [],
      [],
    ]);
    expect(b.clock.now()).toBe(before);
  });

  test("resumes a waiting run after 20 s", async () => {
    await using b = await bench({}, { storage: await ownedRun("alive", -1) });
    const before = b.clock.now();
    await b.engine.recover();
    const ending = await b.clock.advanceUntil(b.engine.waitForCompletion("job"));
    expect([ending.status, b.clock.now() - before]).toEqual(["completed", 20_000]);
  });

  test("waits again for a run whose owner renewed the lease in the meantime", async () => {
    const storage = await ownedRun("alive", -1);
    await using b = await bench({}, { storage });
    await b.engine.recover();
    storage.renewLeases("other-engine", ["job"], b.clock.now() + 5000);
    await b.clock.advance(20_000);
    expect([
      storage.getRun("job")?.owner?.ownerId,
      (await b.engine.recover()).waiting,
      (await b.clock.advanceUntil(b.engine.waitForCompletion("job"))).status,
    ]).toEqual(["other-engine", ["job"], "completed"]);
  });
});

test("resuming many runs of an owner that no longer renews its leases waits once", async () => {
  const storage = await ownedRun("elsewhere", -1);
  const first = await bench({ a: { hangs: true } }, { storage });
  for (const runId of ["second", "third"]) {
    const run = await first.engine.start(definition, { runId });
    run.ending.catch(() => undefined);
  }
  await first.clock.settle();
  await first.engine.close();
  for (const runId of ["second", "third"])
    storage.acquireLease({
      runId,
      owner: OWNERS.elsewhere,
      now: first.clock.now(),
      leaseUntil: first.clock.now() - 1,
      isDead: () => true,
    });
  await using b = await bench({}, { storage });
  const before = b.clock.now();
  for (const runId of ["job", "second", "third"])
    await (await b.clock.advanceUntil(b.engine.resume(runId))).ending;
  expect([b.clock.now() - before, b.engine.getStats().completed]).toEqual([20_000, 3]);
});

describe("a run that an engine of this process dropped", () => {
  /** An engine whose database fails while `disk.isBroken`, and the run that it drops. */
  async function droppedRun(): Promise<{ storage: StoragePort; b: Bench; code: unknown }> {
    const storage = openSqliteStorage({ path: ":memory:" });
    const disk = { isBroken: false };
    const failing = new Proxy(storage, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (disk.isBroken && ["commit", "renewLeases", "releaseLease"].includes(String(name)))
            throw Object.assign(new Error("I/O error"), { code: "database_unusable" });
          return member.apply(target, args) as unknown;
        };
      },
    });
    const b = await bench(
      { a: [{ result: 1, afterMs: 100 }, { result: 2 }] },
      { storage: failing },
    );
    const run = await b.engine.start(definition, { runId: "job" });
    disk.isBroken = true;
    const code = await b.clock.advanceUntil(run.ending.catch((error: unknown) => error));
    disk.isBroken = false;
    return { storage, b, code };
  }

  test("is recovered by the same engine at once, before its lease has expired", async () => {
    const { storage, b } = await droppedRun();
    const { owner, leaseUntil = 0 } = storage.getRun("job") ?? {};
    const { handles } = await b.engine.recover();
    const endings = await Promise.all(handles.map(({ ending }) => ending));
    expect([owner?.pid, leaseUntil > b.clock.now(), endings.map(({ status }) => status)]).toEqual([
      process.pid,
      true,
      ["completed"],
    ]);
    await b.engine.close();
  });

  test("is recovered by another engine of the process at once", async () => {
    const { storage, b } = await droppedRun();
    await using other = await bench({}, { storage });
    const { handles } = await other.engine.recover();
    expect([handles.length, (await handles[0]?.ending)?.status]).toEqual([1, "completed"]);
    await b.engine.close();
  });

  test("ends a follower of its events, and can be paused", async () => {
    const { b } = await droppedRun();
    const types: string[] = [];
    for await (const event of b.engine.events("job")) types.push(event.type);
    await b.engine.pause("job");
    expect([types.includes("step_started"), b.engine.storage.getRun("job")?.status]).toEqual([
      true,
      "paused",
    ]);
    await b.engine.close();
  });
});
