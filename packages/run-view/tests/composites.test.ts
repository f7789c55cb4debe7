import { describe, expect, test } from "vitest";
import { RunView } from "../src/index.js";
import {
  completed,
  type Fact,
  failed,
  journalOf,
  originOf,
  PREPARATION,
  started,
} from "./support/journal.js";

/**
 * Applies a journal, and returns the view with a line for each event of each of its last entries.
 */
function follow(
  steps: Parameters<typeof originOf>[0],
  ...facts: readonly Fact[]
): { readonly view: RunView; readonly lines: readonly (readonly string[])[] } {
  const view = new RunView(originOf(steps), { artifact: () => undefined });
  const lines = journalOf(...PREPARATION, ...facts).map((entry) =>
    view
      .apply(entry)
      .flatMap((event) =>
        "stepId" in event ? [`${event.type.replace("step_", "")} ${event.stepId}`] : [],
      ),
  );
  return { view, lines: lines.slice(PREPARATION.length) };
}

const CHAIN = [
  { id: "list" },
  { id: "build", dependencies: ["list"], agentId: "@group", task: "" },
];

describe("the events of one entry", () => {
  test("begin outside and end inside", () => {
    const [list, build] = CHAIN;
    const { lines } = follow(
      [
        list ?? { id: "" },
        {
          ...build,
          id: "build",
          foreach: { in: "steps.list.output", as: "item" },
          steps: [{ id: "code", agentId: "worker", name: "code", task: "x", dependencies: [] }],
        } as never,
        { id: "end", dependencies: ["build"] },
      ],
      started("list"),
      completed("list", 1, ["a"]),
      started("build[a].code"),
      completed("build[a].code", 1, "done"),
    );
    expect(lines).toEqual([
      ["started list"],
      ["completed list", "opened build", "opened build[a]"],
      ["started build[a].code"],
      ["completed build[a].code", "completed build[a]", "completed build"],
    ]);
  });

  test("do not repeat the end of a step that a restored run kept", () => {
    const { lines } = follow(
      [
        {
          id: "say",
          foreach: { in: ["p", "q"], as: "item", concurrency: 1 },
        },
      ],
      started("say[p]"),
      failed("say[p]", 1, "p broke"),
      started("say[q]"),
      completed("say[q]", 1, "q"),
      ["workflow_failed", { error: "say broke" }],
      ["restore_checkpoint", { checkpointId: "run@failed", completed: ["say[q]"] }],
      ["checkpoint_restored"],
      started("say[p]"),
      completed("say[p]", 2, "p"),
    );
    expect(lines.at(-1)).toEqual(["completed say[p]", "completed say"]);
  });

  test("open a loop once, however many rounds it has", () => {
    const { lines, view } = follow(
      [{ id: "say", loop: { max: 3, until: "round == 2", onMax: "fail" } } as never],
      started("say#1"),
      completed("say#1", 1, "one"),
      started("say#2"),
      completed("say#2", 1, "two"),
    );
    expect([lines, view.step("say")?.result, view.counts().total]).toEqual([
      [
        ["started say#1"],
        ["completed say#1"],
        ["started say#2"],
        ["completed say#2", "completed say"],
      ],
      "two",
      2,
    ]);
  });
});

describe("RunView", () => {
  const steps = [
    { id: "a" },
    { id: "b", dependencies: ["a"], if: "steps.a.output == 'yes'" },
    { id: "c", dependencies: ["b"] },
  ];

  test("says why a step was skipped", () => {
    const { view, lines } = follow(steps, started("a"), completed("a", 1, "no"));
    expect([lines[1], ["b", "c", "a"].map((id) => view.skippedBecause(id))]).toEqual([
      ["completed a", "skipped b", "skipped c"],
      [":condition", "b", undefined],
    ]);
  });

  test("explains a step by a chain that ends with its cause", () => {
    const { view } = follow(steps, started("a"), completed("a", 1, "no"));
    expect(view.why("c")).toEqual([
      { type: "edge", stepId: "c", because: "b", mode: "ok", status: "skipped" },
      {
        type: "condition",
        stepId: "b",
        condition: "steps.a.output == 'yes'",
        readings: [{ path: "steps.a.output", value: "no" }],
      },
    ]);
  });

  test("has no outputs for a workflow without them", () => {
    expect(follow(steps).view.outputs()).toBeUndefined();
  });
});
