import { expect, test } from "vitest";
import { PLANTED_FAULTS } from "../src/planted/planted-faults.ts";
import { messageOf } from "../src/planted/play-planted-faults.ts";
import { sqliteHarness } from "../src/sqlite-harness.ts";

// The others take longer, or need a Restate server: `npm run conformance -- --planted`.
const QUICK = ["guard off", "changed row", "clock backwards", "thenable result"];
const quick = PLANTED_FAULTS.filter(({ name }) => QUICK.includes(name));

test.each(quick)("the suite finds $name in a process with an engine", async (fault) => {
  expect(await messageOf(fault)).toContain(fault.finds);
  const sound = { ...fault, makeHarness: sqliteHarness };
  expect(await messageOf({ ...sound, makeHarness: (setup) => sqliteHarness(setup) })).toBe(
    undefined,
  );
});
