import type { SqliteTables } from "@automatosx/workflow/sqlite";
import { describe, expect, test } from "vitest";
import { WriteQueue } from "../src/WriteQueue.js";

function queueOf(): {
  queue: WriteQueue;
  transactions: string[][];
  act: (name: string) => () => void;
} {
  const transactions: string[][] = [];
  let open: string[] = [];
  const write = (action: () => void): void => {
    open = [];
    action();
    transactions.push(open);
  };
  const act = (name: string) => (): void => {
    if (name.startsWith("bad")) throw new Error(name);
    open.push(name);
  };
  return { queue: new WriteQueue({ write } as unknown as SqliteTables), transactions, act };
}

describe("WriteQueue", () => {
  test("writes everything added in one turn in one transaction, in order", async () => {
    const { queue, transactions, act } = queueOf();
    await Promise.all(["a", "b", "c"].map((name) => queue.add(act(name))));
    await queue.add(act("d"));
    expect(transactions).toEqual([["a", "b", "c"], ["d"]]);
  });

  test("rejects only the write that fails, and stores the others added in the same turn", async () => {
    const { queue, transactions, act } = queueOf();
    const outcomes = await Promise.allSettled(
      ["a", "bad", "c"].map((name) => queue.add(act(name))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(transactions).toEqual([["a"], ["c"]]);
  });

  test("puts at most 256 writes into a transaction", async () => {
    const { queue, transactions, act } = queueOf();
    await Promise.all(Array.from({ length: 600 }, (_, at) => queue.add(act(String(at)))));
    expect(transactions.map(({ length }) => length)).toEqual([256, 256, 88]);
  });
});
