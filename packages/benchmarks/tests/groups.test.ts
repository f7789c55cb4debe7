import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { GROUPS, groupsMatching } from "../src/groups.ts";

describe("GROUPS", () => {
  test("name every group and every row once", () => {
    const ids = GROUPS.map(({ id }) => id);
    const rows = GROUPS.flatMap((group) => group.rows);
    expect([new Set(ids).size, new Set(rows).size]).toEqual([ids.length, rows.length]);
  });

  test.each(["size", "transition"])("%s measures the rows that it names", async (id) => {
    const folder = mkdtempSync(path.join(tmpdir(), "group-"));
    try {
      const group = GROUPS.find((each) => each.id === id);
      const measured = await group?.measure(folder);
      expect(measured?.map((row) => row.id)).toEqual(group?.rows);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test("groupsMatching finds a group by its own id and by a row's", () => {
  expect([/^fan$/, /size-folded/, /nothing/].map((pattern) => groupsMatching(pattern))).toEqual([
    [GROUPS.find(({ id }) => id === "fan")],
    [GROUPS.find(({ id }) => id === "size")],
    [],
  ]);
});
