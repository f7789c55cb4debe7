import { describe, expect, test } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { describeStorage } from "../../src/testing/storage-suite.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("suite");

describeStorage("SqliteStorage in memory", () => openSqliteStorage({ path: ":memory:" }), {
  describe,
  test,
  expect,
});
describeStorage("SqliteStorage in a file", () => openSqliteStorage({ path: path() }), {
  describe,
  test,
  expect,
});
