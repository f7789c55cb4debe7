import { expect, test } from "vitest";
import { openPostgresStorage } from "../../src/index.js";
import { begin, seqsOf, turn } from "../support/commits.js";
import { query } from "../support/empty-tables.js";
import { sharedServer } from "../support/server.js";

const COMMITS = 60;
const KEYS = Array.from({ length: 8 }, (_, index) => String(index).repeat(64));

const server = sharedServer();

test("engines that write the same rows in opposite orders do not wait for each other", async () => {
  const url = server.current.createDatabase();
  const storages = await Promise.all(
    ["a", "b"].map(() => openPostgresStorage({ url, answerMs: 20_000, waitMs: 20_000 })),
  );
  for (const [index, storage] of storages.entries()) begin(storage, `run-${index}`);
  const writing = storages.map(async (storage, index) => {
    const runId = `run-${index}`;
    const keys = index === 0 ? KEYS : KEYS.toReversed();
    for (let seq = 1; seq <= COMMITS; seq += 1) {
      const cached = keys.map((key) => ({ key, seq, at: seq }));
      const artifacts = keys.map((sha256) => ({ sha256, content: '"x"' }));
      await storage.asynchronous.commit({ ...turn(runId, [seq], { cached }), artifacts });
    }
  });
  await Promise.all(writing);
  const [deadlocks] = await query(
    url,
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  );
  expect(storages.map((storage, index) => seqsOf(storage, `run-${index}`).length)).toEqual([
    COMMITS,
    COMMITS,
  ]);
  expect(deadlocks?.["deadlocks"]).toBe(0);
  for (const storage of storages) storage.close();
});
