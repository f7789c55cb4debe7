import type { MakeHarness } from "@automatosx/workflow/testing";
import { afterAll, expect, test } from "vitest";
import { PLANTED_FAULTS } from "../src/planted/planted-faults.ts";
import { messageOf } from "../src/planted/play-planted-faults.ts";
import { endPostgres, postgresHarness } from "../src/postgres-harness.ts";

afterAll(endPostgres);

test("the suite finds workers of a queue that do not share the limit of an agent", async () => {
  const fault = PLANTED_FAULTS.find(({ name }) => name === "limit off");
  if (fault === undefined) throw new Error("the fault is not planted");
  expect(await messageOf(fault)).toMatch(/^\d+ attempts at once$/);
  const sound = { ...fault, makeHarness: ((setup) => postgresHarness(setup)) as MakeHarness };
  expect(await messageOf(sound)).toBe(undefined);
});
