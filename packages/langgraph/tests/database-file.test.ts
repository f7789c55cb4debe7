import { chmodSync, existsSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { SqliteTables } from "@automatosx/workflow/sqlite";
import { describe, expect, test } from "vitest";
import { AxwSaver } from "../src/index.js";
import { freshPaths, put, thread } from "./support/checkpoints.js";

const path = freshPaths("langgraph-file");

describe("AxwSaver", () => {
  test("opened through a link keeps its log beside the file, where a reader finds it", async () => {
    const real = `${path()}.real`;
    AxwSaver.fromPath(real).close();
    symlinkSync(real, path());
    const saver = AxwSaver.fromPath(path());
    await put(saver, thread("t"), { step: 1 }, { step: 1 });
    expect([existsSync(`${real}-wal`), existsSync(`${path()}-wal`)]).toEqual([true, false]);
    const other = AxwSaver.fromPath(real);
    expect((await other.getTuple(thread("t")))?.checkpoint.channel_values).toEqual({ step: 1 });
    other.close();
    saver.close();
  });

  test.each([
    ["deleted", (file: string) => rmSync(dirname(file), { recursive: true })],
    ["moved", (file: string) => renameSync(file, `${file}.moved`)],
  ])("rejects a write if its file was %s", async (_, lose) => {
    const saver = AxwSaver.fromPath(join(dirname(path()), "inner", "x.db"));
    const config = await put(saver, thread("t"), { step: 1 }, { step: 1 });
    lose(join(dirname(path()), "inner", "x.db"));
    const writes = [
      put(saver, config, { step: 2 }, { step: 2 }),
      saver.putWrites(config, [["step", 2]], "task"),
      saver.deleteThread("t"),
    ];
    for (const write of writes)
      await expect(write).rejects.toMatchObject({ code: "database_unusable" });
    saver.close();
  });

  test("keeps the mode of a file that another program created", () => {
    AxwSaver.fromPath(path()).close();
    chmodSync(path(), 0o640);
    SqliteTables.open({
      path: path(),
      owner: "o",
      name: "notes",
      migrations: ["CREATE TABLE workflow_notes (x TEXT) STRICT"],
    }).close();
    expect((statSync(path()).mode & 0o777).toString(8)).toBe("640");
  });
});
