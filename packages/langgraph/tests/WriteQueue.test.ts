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
  test("makes one transaction of what comes in one turn, in the order in which it came", async () => {
    const { queue, transactions, act } = queueOf();
    await Promise.all(["a", "b", "c"].map((name) => queue.add(act(name))));
    await queue.add(act("d"));
    expect(transactions).toEqual([["a", "b", "c"], ["d"]]);
  });

  test("keeps the others when one of them fails", async () => {
    const { queue, transactions, act } = queueOf();
    const outcomes = await Promise.allSettled(
      ["a", "bad", "c"].map((name) => queue.add(act(name))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(transactions).toEqual([["a"], ["c"]]);
  });

  test("keeps a transaction within 256 writes", async () => {
    const { queue, transactions, act } = queueOf();
    await Promise.all(Array.from({ length: 600 }, (_, at) => queue.add(act(String(at)))));
    expect(transactions.map(({ length }) => length)).toEqual([256, 256, 88]);
  });
});
