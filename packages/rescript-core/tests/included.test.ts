import { describe, expect, test } from "vitest";
import { Machine, RunQueries, type StepDef, type WorkflowMachine } from "../src/index.js";
import { complete, move, moveAll, preparing, start, statusOf, step } from "./support/machines.js";
import { begun } from "./support/waiting.js";

type Included = NonNullable<StepDef["module"]>;

/** A step that includes a workflow with these steps. */
const include = (
  id: string,
  steps: StepDef[],
  module: Partial<Included> = {},
  more: Partial<StepDef> = {},
): StepDef =>
  step(id, {
    agentId: "@group",
    task: "",
    steps,
    module: {
      ...{ workflowId: "part", name: "Part", version: "2", source: "./part.yaml" },
      ...{ inputs: {}, context: {}, with: {} },
      ...module,
    },
    ...more,
  });

const TEXT = { required: true, schema: { type: "string" } };

const requestOf = (machine: WorkflowMachine, stepId: string) => {
  const request = RunQueries.request(machine, stepId, 1);
  if (request === undefined) throw new Error(`${stepId} is not running`);
  return request;
};
const failureOf = (machine: WorkflowMachine, stepId: string) => {
  const { status, error, detail } = RunQueries.step(machine, stepId) ?? {};
  return { status, error, reason: detail?.reason };
};

describe("what a step of an included workflow sees", () => {
  const inner = step("say", {
    task: "${{ inputs.name }} ${{ context.k }} ${{ workflow.name }} ${{ workflow.id }} ${{ run.id }}",
  });
  const module = {
    inputs: { name: TEXT },
    context: { k: "inside" },
    with: { name: "${{ inputs.name }}!" },
  };

  test("is the inputs, the context and the name of that workflow, and the id of the run", () => {
    const machine = moveAll(Machine.make(0), [
      {
        ...{ type: "initiate_workflow", workflowId: "outer", definition: "…", format: "yaml" },
        ...{ runId: "run-1", inputs: { name: "Ann" }, context: { k: "outside" } },
      },
      ...preparing([include("a", [inner], module)]).slice(1),
      { type: "steps_scheduled" },
      start("a.say"),
    ]);
    const { values, inputs, context } = requestOf(machine, "a.say");
    expect({ values, inputs, context }).toEqual({
      values: {
        inputs: { name: "Ann!" },
        context: { k: "inside" },
        workflow: { id: "part", name: "Part", version: "2" },
        run: { id: "run-1" },
      },
      inputs: { name: "Ann!" },
      context: { k: "inside" },
    });
  });

  test("is nothing of the run's own in the request of a step outside", () => {
    const machine = move(begun([step("b"), include("a", [step("s")])]), start("b"));
    const { inputs, context } = requestOf(machine, "b");
    expect([inputs, context]).toEqual([undefined, undefined]);
  });

  test("is no step, item or round outside, whatever a template names", () => {
    const reads = "${{ default(item, 1) }} ${{ default(index, 2) }} ${{ default(previous, 3) }}";
    const peeks = step("peek", {
      task: `${reads} \${{ has(steps.before.output) }} \${{ has(steps.a.output) }}`,
    });
    const machine = moveAll(
      begun([
        step("before"),
        step("each", {
          agentId: "@group",
          task: "",
          dependencies: ["before"],
          foreach: { in: ["x"], as: "item" },
          steps: [
            include("a", [peeks], {}, { loop: { max: 2, onMax: "fail" } }),
            step("own", { task: "${{ item }}" }),
          ],
        }),
      ]),
      [start("before"), complete("before"), start("each[x].a#1.peek", "each[x].own")],
    );
    const inside = requestOf(machine, "each[x].a#1.peek");
    expect({ values: inside.values, item: inside.item }).toEqual({
      values: { steps: { before: {}, a: {} } },
      item: undefined,
    });
    expect(requestOf(machine, "each[x].own").item).toBe("x");
  });

  test("is the item where `with` passes it, for each item", () => {
    const machine = moveAll(
      begun([
        include(
          "a",
          [step("say", { task: "${{ inputs.name }}" })],
          { inputs: { name: TEXT }, with: { name: "${{ item }} of ${{ index }}" } },
          { foreach: { in: ["x", "y"], as: "item" }, outputs: { said: "${{ steps.say.output }}" } },
        ),
      ]),
      [start("a[x].say", "a[y].say")],
    );
    expect(
      ["a[x].say", "a[y].say"].map((path) => requestOf(machine, path).values["inputs"]),
    ).toEqual([{ name: "x of 0" }, { name: "y of 1" }]);
    const ended = moveAll(machine, [complete("a[x].say"), complete("a[y].say")]);
    expect(RunQueries.result(ended, "a")).toEqual([{ said: "a[x].say" }, { said: "a[y].say" }]);
  });

  test("is what the workflow around it passes on, at any depth", () => {
    const deep = include(
      "b",
      [step("say", { task: "${{ inputs.name }}" })],
      {
        inputs: { name: TEXT },
        with: { name: "${{ inputs.name }}${{ steps.first.output }}" },
      },
      { dependencies: ["first"] },
    );
    const machine = moveAll(
      begun([
        include("a", [step("first"), deep], { inputs: { name: TEXT }, with: { name: "top " } }),
      ]),
      [start("a.first"), complete("a.first"), start("a.b.say")],
    );
    expect(requestOf(machine, "a.b.say").values).toEqual({ inputs: { name: "top a.first" } });
  });
});

describe("the outputs of an included workflow", () => {
  const withOutputs = (outputs: Readonly<Record<string, string>>) =>
    moveAll(
      begun([
        include(
          "a",
          [step("s")],
          { inputs: { n: { required: false, default: 7, schema: { type: "number" } } } },
          { foreach: { in: ["x"], as: "item" }, outputs: { ...outputs } },
        ),
      ]),
      [start("a[x].s"), complete("a[x].s")],
    );

  test("are evaluated inside it", () => {
    const outputs = { n: "${{ inputs.n }}", id: "${{ workflow.id }}", s: "${{ steps.s.output }}" };
    expect(RunQueries.result(withOutputs(outputs), "a")).toEqual([
      { n: 7, id: "part", s: "a[x].s" },
    ]);
  });

  test("see no item outside", () => {
    expect(failureOf(withOutputs({ n: "${{ item }}" }), "a[x]")).toEqual({
      status: "failed",
      error: "`outputs`: there is no `item` here",
      reason: "expression",
    });
  });

  test("are what `until` sees of a round, as the output of the step itself", () => {
    const looped = include(
      "a",
      [step("s", { task: "${{ inputs.last }}" })],
      {
        inputs: { last: { required: true } },
        with: { last: "${{ default(previous.r, 'none') }}" },
      },
      {
        outputs: { r: "${{ steps.s.output }}" },
        loop: {
          max: 3,
          until: "steps.a.output.r == 'a#2.s' || has(steps.s.output)",
          onMax: "fail",
        },
      },
    );
    const first = moveAll(begun([looped]), [start("a#1.s"), complete("a#1.s"), start("a#2.s")]);
    expect(requestOf(first, "a#2.s").values["inputs"]).toEqual({ last: "a#1.s" });
    expect(statusOf(move(first, complete("a#2.s")), "a")).toBe("completed");
  });
});

describe("what an included workflow is given", () => {
  test.each<[string, Partial<Included>, string]>([
    [
      "another type",
      {
        inputs: { n: { required: true, schema: { type: "number" } } },
        with: { n: "${{ steps.b.output }}" },
      },
      '`with`: `n` does not fit: $ must be a number, not the string "b"',
    ],
    [
      "a value that is not there",
      { inputs: { n: { required: true } }, with: { n: "${{ steps.b.output.x }}" } },
      "`with`: `steps.b.output.x` is missing: `steps.b.output` is text",
    ],
    [
      "nothing for an input that it needs",
      { inputs: { n: TEXT, m: TEXT } },
      "`with`: `n` is missing; `m` is missing",
    ],
    [
      "too much",
      { inputs: { n: { required: false } }, with: { n: "x".repeat(262_144) } },
      "`with`: the values have more than 262144 characters",
    ],
  ])("fails the step before anything inside begins: %s", (_, module, error) => {
    const machine = moveAll(
      begun([step("b"), include("a", [step("s")], module, { dependencies: ["b"] })]),
      [start("b"), complete("b")],
    );
    expect(failureOf(machine, "a")).toEqual({ status: "failed", error, reason: "expression" });
    expect(RunQueries.step(machine, "a.s")).toBeUndefined();
  });

  test("may leave out an input with a default, or one that is not required", () => {
    const machine = move(
      begun([
        include("a", [step("s", { task: "${{ default(inputs.m, 'no') }} ${{ inputs.n }}" })], {
          inputs: { m: { required: false }, n: { required: false, default: [1] } },
        }),
      ]),
      start("a.s"),
    );
    expect(requestOf(machine, "a.s").inputs).toEqual({ n: [1] });
  });
});

describe("a run that is loaded from a snapshot inside an included workflow", () => {
  test("sees the same inputs", () => {
    const steps = [
      step("b", { agentId: "@group", task: "", steps: [step("c")] }),
      include(
        "a",
        [step("s"), step("t", { task: "${{ inputs.name }}", dependencies: ["s"] })],
        {
          inputs: { name: TEXT },
          with: { name: "${{ steps.b.output.c }}" },
        },
        { dependencies: ["b"] },
      ),
    ];
    const machine = moveAll(begun(steps), [start("b.c"), complete("b.c"), start("a.s")]);
    const snapshot = Machine.snapshot(machine, undefined);
    const loaded = Machine.fastForward(moveAll(Machine.make(0), preparing(steps)), [
      JSON.parse(JSON.stringify(snapshot)) as typeof snapshot,
    ]);
    const moved = [machine, loaded].map((each) => moveAll(each, [complete("a.s"), start("a.t")]));
    expect(moved.map((each) => requestOf(each, "a.t").inputs)).toEqual([
      { name: "b.c" },
      { name: "b.c" },
    ]);
  });
});

describe("a run that goes back", () => {
  const steps = (task: string) => [
    step("b"),
    include(
      "a",
      [
        step("s", { task }),
        step("t", { task: "${{ steps.s.output }}", dependencies: ["s"] }),
        step("u", { task: "fixed" }),
      ],
      { inputs: { name: TEXT }, with: { name: "${{ steps.b.output }}" } },
      { dependencies: ["b"] },
    ),
  ];
  const completed = moveAll(begun(steps("${{ inputs.name }}")), [
    ...[start("b"), complete("b"), start("a.s", "a.u")],
    ...[complete("a.s"), complete("a.u"), start("a.t")],
  ]);
  const statuses = (machine: WorkflowMachine) =>
    ["b", "a", "a.s", "a.t", "a.u"].map((path) => statusOf(machine, path));

  test("asks a step inside again whose inputs have changed, and keeps the others", () => {
    const edited = move(completed, {
      ...{ type: "result_edited", stepId: "b", attemptNumber: 1, result: "new", recipe: 1 },
    });
    expect(statuses(edited)).toEqual(["completed", "open", "ready", "pending", "completed"]);
    const again = move(edited, start("a.s"));
    expect(RunQueries.request(again, "a.s", 2)?.inputs).toEqual({ name: "new" });
    expect(RunQueries.step(edited, "a.s")?.detail?.changed).toEqual(["task"]);
  });

  test("keeps everything inside if what it is asked is the same", () => {
    const amended = (task: string, module: Partial<Included>) => {
      const [before, included] = steps(task) as [StepDef, StepDef];
      const changed = { ...included, module: { ...(included.module as Included), ...module } };
      const [, , , built] = preparing([before, changed]);
      const { type: _, ...graph } = built as Extract<typeof built, { type: "graph_built" }>;
      return move(completed, {
        ...{ type: "definition_changed", definitionHash: "other", recipe: 1 },
        ...{ steps: [before, changed], policy: {}, ...graph },
      });
    };
    const other = { name: "Other", version: "9", source: "./moved.yaml" };
    expect(statuses(amended("${{ inputs.name }}", other))).toEqual(statuses(completed));
    expect(statuses(amended("now ${{ inputs.name }}", {}))).toEqual([
      ...["completed", "open", "ready", "pending", "completed"],
    ]);
    expect(
      statuses(amended("${{ inputs.name }}", { with: { name: "${{ steps.b.output }}!" } })),
    ).toEqual(["completed", "open", "ready", "pending", "completed"]);
  });
});
