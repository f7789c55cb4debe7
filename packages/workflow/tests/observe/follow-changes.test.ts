import { expect, test } from "vitest";
import { followChanges } from "../../src/observe/follow-changes.js";

test("ends when it is aborted, even if each look at the storage finds a change", async () => {
  let version = 0;
  const storage = {
    dataVersion: () => {
      version += 1;
      return version;
    },
  };
  const leaving = new AbortController();
  setTimeout(() => leaving.abort(), 50);
  let rounds = 0;
  for await (const _ of followChanges(storage, { isLive: () => true, signal: leaving.signal })) {
    rounds += 1;
    // Instead of a test that never ends, if no timer fires.
    if (rounds > 10_000) expect.unreachable();
  }
  expect(rounds).toBeGreaterThan(1);
});
