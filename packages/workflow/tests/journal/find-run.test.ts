import { describe, expect, test } from "vitest";
import { findRun } from "../../src/journal/find-run.js";
import type { StoragePort } from "../../src/storage/StoragePort.js";

const FIRST = "018f2a10-0000-7000-8000-0000000abc12";
const SECOND = "018f2a10-0000-7000-8000-000abc120034";

/** A list of runs, newest first, searched in the same way as a storage does. */
function storageOf(...ids: readonly string[]): StoragePort {
  const runs = ids.map((runId) => ({ runId }));
  return {
    getRun: (id: string) => runs.find(({ runId }) => runId === id),
    findRuns: (part: string) => runs.filter(({ runId }) => runId.includes(part)).slice(0, 10),
  } as unknown as StoragePort;
}

function found(storage: StoragePort, part: string): string {
  try {
    return findRun(storage, part).runId;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("findRun", () => {
  test("finds a run by its id, part of its id or the last characters of its id", () => {
    const storage = storageOf(FIRST, SECOND);
    expect([FIRST, "20034", "7000-8000-0000000"].map((id) => found(storage, id))).toEqual([
      FIRST,
      SECOND,
      FIRST,
    ]);
  });

  test("prefers the id that ends with the part over one that contains it", () => {
    expect(found(storageOf(SECOND, FIRST), "abc12")).toBe(FIRST);
  });

  test("refuses a part that matches several ids or none", () => {
    const storage = storageOf(FIRST, SECOND);
    expect([found(storage, "018f2a10"), found(storage, "ffff")]).toEqual([
      "run_ambiguous",
      "run_not_found",
    ]);
  });

  test("lists the ids that a part matches one a line", () => {
    expect(() => findRun(storageOf(FIRST, SECOND), "018f2a10")).toThrow(
      `\`018f2a10\` is part of several run ids:\n  ${FIRST}\n  ${SECOND}`,
    );
  });

  test("finds a run by a chosen id only if the whole id is given", () => {
    const storage = storageOf("nightly-2", "nightly");
    expect([found(storage, "nightly"), found(storage, "night")]).toEqual([
      "nightly",
      "run_not_found",
    ]);
  });

  test("does not choose among more runs than the storage returns", () => {
    const others = Array.from(
      { length: 11 },
      (_, index) => `018f2a10-0000-7000-8000-0abc12000${100 + index}`,
    );
    expect(found(storageOf(...others, FIRST), "abc12")).toBe("run_ambiguous");
    expect(found(storageOf(FIRST, ...others), "abc12")).toBe("run_ambiguous");
  });
});
