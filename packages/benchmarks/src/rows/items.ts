import type { AgentMap } from "@automatosx/workflow";
import { bareTransactionMs } from "../floor.ts";
import { atLeast, atMost, BUSY, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import type { RowId } from "../titles.ts";
import { finish, openEngine } from "../workflows.ts";

const ROUNDS = 5;

const agents: AgentMap = {
  none: () => Promise.resolve(null),
  list: ({ task }) => Promise.resolve(Array.from({ length: Number(task) }, (_, index) => index)),
};

/** A list, a step for each of its elements, and a step that waits for all of those. */
const overItems = (length: number) => ({
  id: `items-${length}`,
  limits: { fanOut: length },
  steps: [
    { id: "list", agentId: "list", task: String(length) },
    {
      id: "each",
      agentId: "none",
      task: "work",
      foreach: "steps.list.output",
      dependencies: ["list"],
    },
    { id: "last", agentId: "none", task: "work", dependencies: ["each"] },
  ],
});

export async function itemRows(folder: string): Promise<Row[]> {
  await using engine = await openEngine(folder, "items", "full", agents);
  await finish(engine, overItems(1000));
  const [bare, small, large]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 200));
    small.push(await timed(() => finish(engine, overItems(1000))));
    large.push(await timed(() => finish(engine, overItems(10_000))));
  }
  const rate = (id: RowId, ms: number): Row =>
    atLeast(id, 1000 / ms, 20_000, {
      unit: " steps/s",
      slack: BUSY,
      note: `${shorten(median(bare) / ms)} × bare transactions`,
      reason:
        "The items share a few transactions, as the steps of a fan-out do. Each has its own row, " +
        "request and path.",
    });
  return [
    rate("items-1000", median(small) / 1002),
    rate("items-10000", median(large) / 10_002),
    atMost("items-growth", median(large) / median(small), 12, {
      unit: "×",
      reason:
        "The larger run collects more garbage, and its one transaction outgrows the log before " +
        "a checkpoint of the log.",
    }),
  ];
}
