import { copyFileSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileIdentity } from "../../src/storage/sqlite/file-identity.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { freshPaths, withRaw } from "./fixture.js";

const path = freshPaths("database-identity");

function identityOf(file: string, readOnly = false): string {
  const storage = openSqliteStorage({ path: file, readOnly });
  storage.close();
  return storage.databaseId;
}

describe("fileIdentity", () => {
  test("is the device and inode of a file, and undefined for a missing one", () => {
    openSqliteStorage({ path: path() }).close();
    const { dev, ino } = statSync(path(), { bigint: true });
    expect([fileIdentity(path()), fileIdentity(`${path()}.missing`)]).toEqual([
      { device: String(dev), inode: String(ino) },
      undefined,
    ]);
  });
});

describe("the identity of a database", () => {
  test("stays the same when the file is opened again or moved", () => {
    const first = identityOf(path());
    const again = identityOf(path());
    renameSync(path(), `${path()}.moved`);
    const moved = identityOf(`${path()}.moved`);
    expect([first, again, moved, first]).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      first,
      first,
      first,
    ]);
  });

  test("is renewed once when a copy is opened, and stays in the original", () => {
    const original = identityOf(path());
    const copy = `${path()}.copy`;
    copyFileSync(path(), copy);
    const renewed = identityOf(copy);
    expect([renewed === original, identityOf(copy), identityOf(path())]).toEqual([
      false,
      renewed,
      original,
    ]);
  });

  test("is renewed when a copy is made while an engine has the original open", () => {
    const storage = openSqliteStorage({ path: path() });
    for (const suffix of ["", "-wal"])
      if (existsSync(path() + suffix)) copyFileSync(path() + suffix, `${path()}.copy${suffix}`);
    const copied = identityOf(`${path()}.copy`);
    expect([copied === storage.databaseId, identityOf(path())]).toEqual([
      false,
      storage.databaseId,
    ]);
    storage.close();
  });

  test("is not written when a copy is opened for reading", () => {
    const original = identityOf(path());
    const copy = `${path()}.copy`;
    copyFileSync(path(), copy);
    expect([identityOf(copy, true), identityOf(copy) === original]).toEqual([original, false]);
  });

  test("is created again when its row is missing", () => {
    identityOf(path());
    withRaw(path(), (database) => database.exec("DELETE FROM workflow_database"));
    const created = identityOf(path());
    expect([created, identityOf(path())]).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      created,
    ]);
  });

  test("differs between two databases in memory", () => {
    const open = [":memory:", ":memory:"].map((memory) => openSqliteStorage({ path: memory }));
    const [one, two] = open.map(({ databaseId }) => databaseId);
    for (const storage of open) storage.close();
    expect(one === two).toBe(false);
  });

  test("is renewed in a copy that replaces the removed original", () => {
    const original = identityOf(path());
    copyFileSync(path(), `${path()}.copy`);
    const copied = identityOf(`${path()}.copy`);
    rmSync(path());
    copyFileSync(`${path()}.copy`, path());
    expect([original, copied].includes(identityOf(path()))).toBe(false);
  });
});
