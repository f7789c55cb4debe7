import {
  chmodSync,
  existsSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
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

  test("says that its file was moved rather than that the log beside it is missing", async () => {
    const file = join(dirname(path()), "inner", "x.db");
    const saver = AxwSaver.fromPath(file);
    const config = await put(saver, thread("t"), { step: 1 }, { step: 1 });
    renameSync(dirname(file), `${dirname(file)}.moved`);
    await expect(put(saver, config, { step: 2 }, { step: 2 })).rejects.toThrow(
      /database .*x\.db was (moved|deleted)/,
    );
    saver.close();
  });

  test("keeps what is stored if its log is truncated, and refuses writes", async () => {
    const saver = AxwSaver.fromPath(path());
    await put(saver, thread("t"), { step: 1 }, { step: 1 });
    saver.close();
    const again = AxwSaver.fromPath(path());
    const config = await put(again, thread("u"), { step: 1 }, { step: 1 });
    truncateSync(`${path()}-wal`, 0);
    await expect(put(again, config, { step: 2 }, { step: 2 })).rejects.toMatchObject({
      code: "database_unusable",
      message: `${path()}-wal was truncated while the database was open.`,
    });
    again.close();
    const last = AxwSaver.fromPath(path());
    expect((await last.getTuple(thread("t")))?.checkpoint.channel_values).toEqual({ step: 1 });
    last.close();
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
