import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { GROUPS, rowsMatching } from "../src/groups.ts";
import { TITLES } from "../src/titles.ts";

describe("GROUPS", () => {
  test("contain every group and every row exactly once", () => {
    const ids = GROUPS.map(({ id }) => id);
    const rows = GROUPS.flatMap((group) => group.rows);
    expect([new Set(ids).size, rows]).toEqual([ids.length, Object.keys(TITLES)]);
  });

  test.each(["size", "transition", "expressions"])(
    "measure exactly the rows they declare: %s",
    async (id) => {
      const folder = mkdtempSync(path.join(tmpdir(), "group-"));
      try {
        const group = GROUPS.find((each) => each.id === id);
        const measured = await group?.measure(folder);
        expect(measured?.map((row) => row.id)).toEqual(group?.rows);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

describe("rowsMatching", () => {
  test("finds a row by its id and by its title, and all rows of a group by the group's id", () => {
    const found = [/^size-folded$/, /^text to first agent/, /^fan$/, /nothing/];
    expect(found.map((pattern) => [...rowsMatching(pattern)])).toEqual([
      ["size-folded"],
      ["start-10", "start-1000", "start-expressions"],
      ["fan-1000", "fan-10000", "fan-growth"],
      [],
    ]);
  });
});
