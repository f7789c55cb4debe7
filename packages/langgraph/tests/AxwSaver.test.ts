import { statSync } from "node:fs";
import { dirname } from "node:path";
import { WorkflowEngine } from "@automatosx/workflow";
import {
  compareWritesSortKeys,
  ERROR,
  INTERRUPT,
  writesSortKey,
} from "@langchain/langgraph-checkpoint";
import { describe, expect, test } from "vitest";
import { AxwSaver } from "../src/index.js";
import { freshPaths, metadata, put, thread, valuesAt } from "./support/checkpoints.js";

const path = freshPaths("saver");

describe("put", () => {
  test("keeps the values of two branches with equal channel versions apart", async () => {
    using saver = AxwSaver.fromPath(path());
    const root = await put(saver, thread("t"), { notes: ["root"] }, { notes: 1 });
    const left = await put(saver, root, { notes: ["left"] }, { notes: 2 });
    const right = await put(saver, root, { notes: ["right"] }, { notes: 2 });
    const leftAgain = await put(
      saver,
      left,
      { notes: ["left"], other: 1 },
      { notes: 2, other: 3 },
      { other: 3 },
    );
    expect(
      await Promise.all([root, left, right, leftAgain].map((config) => valuesAt(saver, config))),
    ).toEqual([
      { notes: ["root"] },
      { notes: ["left"] },
      { notes: ["right"] },
      { notes: ["left"], other: 1 },
    ]);
  });

  test("stores a value marked unchanged when the parent checkpoint lacks it", async () => {
    using saver = AxwSaver.fromPath(path());
    const nowhere = { configurable: { thread_id: "t", checkpoint_ns: "", checkpoint_id: "gone" } };
    const first = await put(saver, nowhere, { a: 1, b: 2 }, { a: 1, b: 1 }, {});
    const second = await put(saver, first, { a: 9, b: 2 }, { a: 5, b: 1 }, {});
    expect([await valuesAt(saver, first), await valuesAt(saver, second)]).toEqual([
      { a: 1, b: 2 },
      { a: 9, b: 2 },
    ]);
  });

  test("does not store a value for a removed channel", async () => {
    using saver = AxwSaver.fromPath(path());
    const first = await put(saver, thread("t"), { a: 1, b: 2 }, { a: 1, b: 1 });
    const second = await put(saver, first, { a: 1 }, { a: 1, b: 2 }, { b: 2 });
    expect(await valuesAt(saver, second)).toEqual({ a: 1 });
  });

  test("replaces a checkpoint with the same id", async () => {
    using saver = AxwSaver.fromPath(path());
    const checkpoint = {
      v: 4,
      id: "c",
      ts: "",
      channel_values: { a: 1 },
      channel_versions: { a: 1 },
      versions_seen: {},
    };
    await saver.put(thread("t"), checkpoint, metadata, { a: 1 });
    await saver.put(thread("t"), { ...checkpoint, channel_values: { a: 2 } }, metadata, { a: 1 });
    const listed = await Array.fromAsync(saver.list(thread("t")));
    expect(listed.map((tuple) => tuple.checkpoint.channel_values)).toEqual([{ a: 2 }]);
  });

  test.each(["__proto__", "constructor", "hasOwnProperty", "a,b", "ü 𝄞", "\u0000"])(
    "accepts %j as the name of a thread or a channel",
    async (name) => {
      using saver = AxwSaver.fromPath(path());
      const values = Object.fromEntries([[name, { [name]: 1, ok: true }]]);
      const versions = Object.fromEntries([[name, 1]]);
      const config = await put(saver, thread(name), values, versions);
      await saver.putWrites(config, [[name, "written"]], name);
      const tuple = await saver.getTuple(thread(name));
      expect(Object.keys(tuple?.checkpoint.channel_values ?? {})).toEqual([name]);
      expect(tuple?.pendingWrites).toEqual([[name, name, "written"]]);
      expect(({} as { ok?: boolean }).ok).toBeUndefined();
    },
  );

  test.each([[7], [{}], ["\ud800"], [true]])("refuses %j as a thread id", async (threadId) => {
    using saver = AxwSaver.fromPath(path());
    const config = { configurable: { thread_id: threadId } };
    await expect(put(saver, config, {}, {})).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("thread_id"),
    });
    await expect(saver.getTuple(config)).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("putWrites", () => {
  test("keeps an existing value, but replaces an error or an interrupt", async () => {
    using saver = AxwSaver.fromPath(path());
    const config = await put(saver, thread("t"), {}, {});
    const writes = async (suffix: string): Promise<void> =>
      saver.putWrites(
        config,
        [
          ["a", `value ${suffix}`],
          [ERROR, `error ${suffix}`],
          [INTERRUPT, `interrupt ${suffix}`],
        ],
        "task",
      );
    await writes("1");
    await writes("2");
    expect((await saver.getTuple(config))?.pendingWrites).toEqual([
      ["task", INTERRUPT, "interrupt 2"],
      ["task", ERROR, "error 2"],
      ["task", "a", "value 1"],
    ]);
  });

  test("returns writes in the order of their task paths, not in the order they were stored", async () => {
    using saver = AxwSaver.fromPath(path());
    const config = await put(saver, thread("t"), {}, {});
    const tasks = [
      ["z", "~a"],
      ["b", "~𝄞"],
      ["c", "~\uffee"],
      ["y", ""],
      ["x", ""],
    ] as const;
    for (const [taskId, taskPath] of tasks)
      await saver.putWrites(config, [["n", taskId]], taskId, taskPath);
    expect((await saver.getTuple(config))?.pendingWrites?.map(([taskId]) => taskId)).toEqual([
      "x",
      "y",
      "z",
      "c",
      "b",
    ]);
  });
});

describe("the order of writes", () => {
  test("matches LangGraph's comparison for every pair of paths and tasks", async () => {
    using saver = AxwSaver.open({ database: ":memory:" });
    const config = await put(saver, thread("t"), {}, {});
    const words = ["", "~", "a", "A", "a,b", "\ud7ff", "\uffee", "𝄞", "\u{10ffff}", "\0", "aa"];
    const tasks = words
      .slice(1)
      .flatMap((taskId) => words.map((taskPath) => [taskPath, `${taskId}|${taskPath}`] as const));
    await Promise.all(
      tasks.map(([taskPath, taskId]) =>
        saver.putWrites(
          config,
          [
            ["n", [taskPath, 0]],
            ["n", [taskPath, 1]],
          ],
          taskId,
          taskPath,
        ),
      ),
    );
    const keys = ((await saver.getTuple(config))?.pendingWrites ?? []).map(([taskId, , value]) => {
      const [taskPath, index] = value as [string, number];
      return writesSortKey(taskPath, taskId, index);
    });
    expect(keys.length).toBe(tasks.length * 2);
    expect(keys).toEqual(keys.toSorted(compareWritesSortKeys));
  });
});

describe("list", () => {
  test("yields the newest checkpoints first, across several pages, up to the limit", async () => {
    using saver = AxwSaver.open({ database: path(), durability: "process" });
    const configs = [];
    for (let step = 0; step < 250; step += 1) {
      const checkpoint = {
        v: 4,
        id: `c${String(step).padStart(3, "0")}`,
        ts: "",
        channel_values: {},
        channel_versions: {},
        versions_seen: {},
      };
      configs.push(
        await saver.put(
          thread(`t${step % 2}`),
          checkpoint,
          { ...metadata, step, parents: { "": `p${step % 3}` } },
          {},
        ),
      );
    }
    const ids = async (...args: Parameters<AxwSaver["list"]>): Promise<(string | undefined)[]> =>
      (await Array.fromAsync(saver.list(...args))).map((tuple) => tuple.checkpoint.id);
    const all = configs.map((config) => config.configurable?.["checkpoint_id"] as string).reverse();
    expect(await ids({})).toEqual(all);
    expect(await ids({}, { limit: 130 })).toEqual(all.slice(0, 130));
    expect(await ids({}, { limit: 0 })).toEqual([]);
    expect(await ids(thread("t1"))).toEqual(all.filter((_, at) => at % 2 === 0));
    expect(await ids({}, { before: configs[10] ?? {}, limit: 3 })).toEqual([
      "c009",
      "c008",
      "c007",
    ]);
    expect(await ids({}, { filter: { step: 7 } })).toEqual(["c007"]);
    expect(await ids({}, { filter: { parents: { "": "p1" } }, limit: 2 })).toEqual([
      "c247",
      "c244",
    ]);
    expect(await ids({}, { filter: { constructor: Object } })).toEqual([]);
    expect(await ids(configs[5] ?? {})).toEqual(["c005"]);
  });

  test("omits a thread that is deleted while the list is read", async () => {
    using saver = AxwSaver.fromPath(path());
    for (const name of ["a", "b", "c"]) await put(saver, thread(name), { name }, { name: 1 });
    const seen: unknown[] = [];
    for await (const { config } of saver.list({})) {
      seen.push(config.configurable?.["thread_id"]);
      await saver.deleteThread("b");
    }
    expect(seen).toEqual(["c", "a"]);
  });
});

describe("the database file", () => {
  test("is accessible to its owner only, as is its folder", async () => {
    using saver = AxwSaver.fromPath(path());
    await put(saver, thread("t"), { a: 1 }, { a: 1 });
    const modes = [dirname(path()), path(), `${path()}-wal`].map(
      (file) => statSync(file).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  test("can be shared with a running workflow engine", async () => {
    using saver = AxwSaver.fromPath(path());
    await using engine = await WorkflowEngine.open({
      database: path(),
      agents: { say: ({ task }) => task },
    });
    const config = await put(saver, thread("t"), { a: [1] }, { a: 1 });
    const run = await engine.start({
      id: "w",
      name: "w",
      steps: [{ id: "one", agentId: "say", task: "hello" }],
    });
    expect((await run.ending).results).toEqual({ one: "hello" });
    await saver.deleteThread("other");
    expect(await valuesAt(saver, config)).toEqual({ a: [1] });
  });

  test("can be open in two savers, each of which reads the other's checkpoints", async () => {
    using one = AxwSaver.fromPath(path());
    using two = AxwSaver.fromPath(path());
    const config = await put(one, thread("t"), { a: 1 }, { a: 1 });
    const next = await put(two, config, { a: 2 }, { a: 2 });
    expect(await valuesAt(one, thread("t"))).toEqual({ a: 2 });
    expect(await valuesAt(one, next)).toEqual({ a: 2 });
  });

  test("returns no data from a deleted thread", async () => {
    using saver = AxwSaver.fromPath(path());
    const config = await put(saver, thread("t"), { a: "canary" }, { a: 1 });
    await saver.putWrites(config, [["a", "canary"]], "task");
    await saver.deleteThread("t");
    expect([
      await saver.getTuple(config),
      await saver.getTuple(thread("t")),
      await Array.fromAsync(saver.list({})),
    ]).toEqual([undefined, undefined, []]);
    await put(saver, thread("t"), { a: "new" }, { a: 1 });
    expect(await valuesAt(saver, thread("t"))).toEqual({ a: "new" });
  });
});

describe("close", () => {
  test("writes all queued data, can be called twice, and makes later calls fail", async () => {
    const saver = AxwSaver.fromPath(path());
    const config = await put(saver, thread("t"), { a: 1 }, { a: 1 });
    const written = saver.putWrites(config, [["a", 2]], "task");
    // Lets the value be serialized. The write is then queued for the end of the turn.
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    saver.close();
    saver.close();
    await written;
    await expect(saver.getTuple(config)).rejects.toMatchObject({ code: "engine_closed" });
    await expect(put(saver, config, {}, {})).rejects.toMatchObject({ code: "engine_closed" });
    await using again = AxwSaver.fromPath(path());
    expect((await again.getTuple(config))?.pendingWrites).toEqual([["task", "a", 2]]);
  });
});

describe("a value that could not be read back", () => {
  const nested = (levels: number): unknown => {
    let value: unknown = '[[["\\';
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };

  test("is stored with up to 500 levels", async () => {
    using saver = AxwSaver.fromPath(path());
    const config = await put(saver, thread("t"), { a: nested(500) }, { a: 1 });
    expect(await valuesAt(saver, config)).toEqual({ a: nested(500) });
  });

  test.each<[string, unknown, string]>([
    ["501 levels", nested(501), "The value of channel a is nested more than 500 levels deep."],
    ["2,000 levels", nested(2_000), "The value of channel a is nested more than 500 levels deep."],
    [
      "100,000 levels",
      nested(100_000),
      "The value of channel a cannot be serialized: Maximum call stack size exceeded.",
    ],
    ["a function", () => 1, "The value of channel a cannot be serialized: it is a function."],
    [
      "a getter that throws",
      {
        get x() {
          throw new Error("no");
        },
      },
      "The value of channel a cannot be serialized: no.",
    ],
  ])("is refused: %s; the thread keeps its last checkpoint", async (_, value, message) => {
    using saver = AxwSaver.fromPath(path());
    const config = await put(saver, thread("t"), { a: 1 }, { a: 1 });
    const refused = { code: "invalid_argument", message };
    await expect(put(saver, config, { a: value }, { a: 2 })).rejects.toMatchObject(refused);
    await expect(saver.putWrites(config, [["a", value]], "task")).rejects.toMatchObject(refused);
    expect(await valuesAt(saver, thread("t"))).toEqual({ a: 1 });
  });
});
