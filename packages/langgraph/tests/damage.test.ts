import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { SqliteTables } from "@automatosx/workflow/sqlite";
import { ERROR } from "@langchain/langgraph-checkpoint";
import { describe, expect, test } from "vitest";
import { AxwSaver } from "../src/index.js";
import { freshPaths, put, thread } from "./support/checkpoints.js";

const path = freshPaths("langgraph-damage");

const TABLES = {
  workflow_langgraph_checkpoints: [
    "checkpoint_id",
    "parent_checkpoint_id",
    "channels",
    "type",
    "checkpoint",
    "metadata_type",
    "metadata",
  ],
  workflow_langgraph_writes: [
    "checkpoint_id",
    "task_id",
    "idx",
    "task_path",
    "channel",
    "type",
    "value",
  ],
  workflow_langgraph_write_counts: ["checkpoint_id", "writes"],
  workflow_langgraph_heads: ["newest_id", "checkpoints"],
  workflow_langgraph_values: ["sha256", "type", "content"],
} as const;

const CHANGES = Object.entries(TABLES).flatMap(([table, columns]) =>
  ["thread_id", "checkpoint_ns", ...columns]
    .filter((column) => column !== "checkpoint_ns" || table !== "workflow_langgraph_values")
    .map((column) => [table, column] as const),
);

const long = (from: number): string[] => Array.from({ length: 40 }, (_, at) => `line ${from + at}`);

/** A thread of three checkpoints with writes. Its last value is stored as a difference. */
async function threadOf(saver: AxwSaver): Promise<void> {
  let config = thread("thread");
  for (const step of [1, 2, 3]) {
    config = await put(
      saver,
      config,
      { notes: [...long(0), ...long(100).slice(0, step)], step },
      { notes: step, step },
    );
    await saver.putWrites(
      config,
      [
        ["notes", [`of step ${step}`]],
        ["step", step + 1],
        [ERROR, "broke"],
      ],
      `task ${step}`,
      "~path",
    );
  }
}

const everything = async (saver: AxwSaver): Promise<unknown> => ({
  newest: await saver.getTuple(thread("thread")),
  all: await Array.fromAsync(saver.list(thread("thread"))),
  history: await saver.getDeltaChannelHistory({
    config: thread("thread"),
    channels: ["notes", "step"],
  }),
});

/** Passes the tables of a database to `action`, which damages them as a failing disk would. */
function withTables(file: string, action: (tables: SqliteTables) => void): void {
  const saver = AxwSaver.fromPath(file);
  saver.close();
  const tables = SqliteTables.open({ path: file, owner: "test", name: "damage", migrations: [] });
  try {
    action(tables);
  } finally {
    tables.close();
  }
}

/** Another value of the same type. */
function changed(value: number | string | Uint8Array | null): unknown {
  if (value === null) return "x";
  if (typeof value === "number") return value + 64;
  if (typeof value === "string") return `${value.slice(0, -1)}${value.endsWith("8") ? "9" : "8"}`;
  return Buffer.from(value).map((byte, at) => (at === value.length >> 1 ? byte ^ 4 : byte));
}

/** The column that identifies a row in a table without rowids. */
const KEYS: Readonly<Record<string, string>> = {
  workflow_langgraph_write_counts: "checkpoint_id",
  workflow_langgraph_heads: "newest_id",
};

describe("AxwSaver reports damage and returns no damaged data", () => {
  test.each(CHANGES)("after a change in %s to the %s of any row", async (table, column) => {
    const sound = `${path()}-sound`;
    using first = AxwSaver.fromPath(sound);
    await threadOf(first);
    const truth = await everything(first);
    first.close();
    let rows = 0;
    withTables(sound, (tables) => {
      rows = tables.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
    });
    expect(rows).toBeGreaterThan(0);
    for (let row = 0; row < rows; row += 1) {
      copyFileSync(sound, path());
      withTables(path(), (tables) => {
        const key = KEYS[table] ?? "rowid";
        const found = tables
          .prepare<
            [number],
            { readonly key: unknown; readonly value: number | string | Uint8Array | null }
          >(
            `SELECT ${key} AS key, ${column} AS value FROM ${table}
             ORDER BY ${key} LIMIT 1 OFFSET ?`,
          )
          .get(row);
        tables.prepare("PRAGMA ignore_check_constraints = ON").run();
        const next = column === "channels" ? "[]" : changed(found?.value ?? null);
        const { changes } = tables
          .prepare<[unknown, unknown]>(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`)
          .run(next, found?.key);
        expect(changes).toBe(1);
      });
      using saver = AxwSaver.fromPath(path());
      const seen = await everything(saver).catch((error: unknown) => error);
      expect(seen, `row ${row}`).toMatchObject({
        code: "checkpoint_damaged",
        message: expect.stringContaining('"thread'),
      });
      expect(seen).not.toEqual(truth);
    }
  });

  test.each(Object.keys(TABLES))("after the loss of a row in %s", async (table) => {
    const sound = `${path()}-sound`;
    using first = AxwSaver.fromPath(sound);
    await threadOf(first);
    first.close();
    copyFileSync(sound, path());
    withTables(path(), (tables) => {
      const key = table.endsWith("_counts") || table.endsWith("_heads") ? "thread_id" : "rowid";
      tables
        .prepare(`DELETE FROM ${table} WHERE ${key} = (SELECT max(${key}) FROM ${table})`)
        .run();
    });
    using saver = AxwSaver.fromPath(path());
    await expect(saver.getTuple(thread("thread"))).rejects.toMatchObject({
      code: "checkpoint_damaged",
    });
  });

  test("after a flipped bit anywhere in the file", async () => {
    const sound = `${path()}-sound`;
    using first = AxwSaver.fromPath(sound);
    await threadOf(first);
    const truth = JSON.stringify(await everything(first));
    first.close();
    const bytes = readFileSync(sound);
    const outcomes: Record<string, number> = {};
    for (let at = 100; at < bytes.length; at += 61) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const file = `${path()}-${at}`;
      writeFileSync(file, flipped);
      const outcome = await readAll(file);
      const what = outcome === truth ? "same" : outcome;
      outcomes[what] = (outcomes[what] ?? 0) + 1;
    }
    expect(
      Object.keys(outcomes).filter(
        (what) => !/^(same|checkpoint_damaged|database_unusable|database_newer)$/.test(what),
      ),
    ).toEqual([]);
    expect(outcomes["checkpoint_damaged"]).toBeGreaterThan(20);
  });

  test("and still returns an earlier checkpoint by its id", async () => {
    using saver = AxwSaver.fromPath(path());
    const first = await put(saver, thread("thread"), { a: "old" }, { a: 1 });
    const second = await put(saver, first, { a: "newer" }, { a: 2 });
    saver.close();
    withTables(path(), (tables) => {
      tables
        .prepare(
          `UPDATE workflow_langgraph_checkpoints SET type = 'x'
           WHERE parent_checkpoint_id IS NOT NULL`,
        )
        .run();
    });
    using again = AxwSaver.fromPath(path());
    await expect(again.getTuple(second)).rejects.toMatchObject({ code: "checkpoint_damaged" });
    expect((await again.get(first))?.channel_values).toEqual({ a: "old" });
  });
});

/** All data in a database as text, or the code of the error thrown when it is read. */
async function readAll(file: string): Promise<string> {
  try {
    using saver = AxwSaver.fromPath(file);
    return JSON.stringify(await everything(saver));
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === "string") return code;
    throw error;
  }
}

describe("AxwSaver.open", () => {
  test("refuses a database of a newer version and names the package to upgrade", () => {
    withTables(path(), (tables) => {
      tables
        .prepare(
          "INSERT INTO workflow_langgraph_migrations VALUES (9, 'later', printf('%064d', 0), 1, 1)",
        )
        .run();
    });
    expect(() => AxwSaver.fromPath(path())).toThrow(
      expect.objectContaining({
        code: "database_newer",
        remedy: expect.stringContaining("Upgrade @automatosx/langgraph"),
      }),
    );
  });
});
