import { signal } from "@preact/signals";
import { describe, expect, test } from "vitest";
import { layOut } from "../../../src/layout/index.ts";
import { RunStore } from "../../../src/page/client/RunStore.ts";
import type { RunHost } from "../../../src/page/client/run-host.ts";
import { GraphModel } from "../../../src/page/run/graph/GraphModel.ts";
import { StepList } from "../../../src/page/run/steps/StepList.ts";
import type { RowFilter } from "../../../src/page/run/steps/step-rows.ts";
import {
  completed,
  type Fact,
  PREPARATION,
  sampleRow,
  sampleRun,
  started,
  wireOf,
} from "../support/sample-run.ts";

const inner = (id: string, dependencies: string[] = []) => ({
  ...{ id, name: id, agentId: "worker", task: "work", dependencies },
  ...{ parallel: true, retries: 0, continueOnError: false },
});
const gate = { ask: "Approve?", form: {}, onExpire: "reject", onReject: "fail" } as const;
const loop = { max: 4, onMax: "fail" } as const;
const STEPS = [
  { id: "design" },
  { id: "approve-the-users-table", dependencies: ["design"], gate },
  { id: "build", dependencies: ["design"], foreach: { in: ["a", "b"], as: "item" } },
  { id: "fix", dependencies: ["build"], loop, steps: [inner("test"), inner("repair", ["test"])] },
  { id: "report", dependencies: ["approve-the-users-table", "fix"] },
];
const FACTS: readonly Fact[] = [
  ...PREPARATION,
  started("design"),
  completed("design"),
  started("build[a]", "build[b]"),
  completed("build[a]"),
];

async function modelOf(
  facts: readonly Fact[],
  more: Parameters<typeof sampleRun>[2] = {},
): Promise<GraphModel> {
  const host = {
    ...{ clock: signal(20_000), syncClock: () => {}, task: () => Promise.resolve() },
    frame: (callback: () => void) => callback(),
    send: () => Promise.resolve({ runId: "run" }),
  } as unknown as RunHost;
  const run = sampleRun(STEPS, wireOf(...facts), more);
  const layout = layOut(run.origin.definition as Parameters<typeof layOut>[0]);
  const store = await RunStore.open({ ...run, layout }, host);
  const list = new StepList(store, signal<RowFilter>("all"));
  void list.rows.value;
  return new GraphModel(store, list);
}

const looksOf = (model: GraphModel) =>
  model.layout.value.nodes.map((node) => {
    const { label, chip, sub, tone, isReached } = model.lookOf(node);
    return [label, chip, sub, tone, isReached];
  });

describe("GraphModel", () => {
  test("shows in each node what its step does", async () => {
    expect(looksOf(await modelOf(FACTS))).toEqual([
      ["design", undefined, "1.0s", "ok", true],
      ["approve-the-user…", undefined, "open, Approve?", "wait", true],
      ["build", "×2", "1 of 2 items", "run", true],
      ["fix", "≤ 4", "test, then repair", "idle", false],
      ["report", undefined, "waits for approve-t…", "idle", false],
    ]);
  });

  test("names the longest path in time, up to now for what has not ended", async () => {
    const model = await modelOf(FACTS);
    expect(model.critical.value).toEqual(["design", "build", "fix", "report"]);
    expect(model.sentence()).toBe(
      "Graph of 5 steps. Critical path: design, build, fix, report. " +
        "The list has the same steps in words.",
    );
  });

  test("marks what a lost process was doing, and knows nothing before the steps are parsed", async () => {
    const row = sampleRow({ owner: { pid: 7, host: "here", state: "gone" } });
    const [first, , build] = (await modelOf([...PREPARATION, started("design")], { row })).layout
      .value.nodes;
    const lost = await modelOf([...PREPARATION, started("design")], { row });
    if (first === undefined || build === undefined) throw new Error("a node is missing");
    expect([lost.toneOf(first), lost.toneOf(build), lost.isReached("build")]).toEqual([
      ...["wait", "idle", false],
    ]);
    const empty = await modelOf([]);
    expect(looksOf(empty)[0]).toEqual(["design", undefined, "", "idle", false]);
    expect(empty.critical.value).toEqual([]);
  });
});

describe("the handlers of a workflow", () => {
  test("are one node, which shows the handler that is in progress", async () => {
    const definition = sampleRun([{ id: "a" }], []).origin.definition as object;
    const handlers = { always: [inner("clean")] };
    const run = sampleRun([{ id: "a" }], wireOf(...PREPARATION));
    const origin = { ...run.origin, definition: { ...definition, on: handlers } };
    const model = await modelOf([...PREPARATION, started("a"), completed("a")], { origin });
    const node = model.layout.value.nodes.find(({ step }) => step === ":always");
    if (node === undefined) throw new Error("the handlers have no node");
    expect(model.lookOf(node).label).toBe("on always");
    expect(model.stepOf(node)?.id).toBe(":always.clean");
  });
});
