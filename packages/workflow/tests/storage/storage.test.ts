import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { describeStorage } from "../../src/testing/storage-suite.js";

const folder = mkdtempSync(join(tmpdir(), "axw-storage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

describeStorage("SqliteStorage in memory", () => openSqliteStorage({ path: ":memory:" }), { describe, test, expect });
describeStorage("SqliteStorage in a file", () => openSqliteStorage({ path: join(folder, `${(files += 1)}.db`) }), {
  describe,
  test,
  expect,
});
