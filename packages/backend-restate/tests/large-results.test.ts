import { agentReply, type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";

/** A step that joins the results of `width` others. */
function join(width: number, extra: Readonly<Record<string, unknown>> = {}): PreparedWorkflow {
  const ids = Array.from({ length: width }, (_, index) => `w${index}`);
  return prepareWorkflow({
    id: "join",
    name: "join",
    steps: [
      ...ids.map((id) => ({ id, agentId: "large", task: "Write", dependencies: [] })),
      { id: "join", agentId: "join", task: "Join", dependencies: ids, ...extra },
    ],
  });
}

const sumOf = ({
  previousResults,
}: {
  readonly previousResults: Readonly<Record<string, unknown>>;
}) =>
  Promise.resolve(
    Object.values(previousResults).reduce<number>((sum, text) => sum + String(text).length, 0),
  );

describe("large results", () => {
  const sizes = [
    ["800 results of 50 kB", 800, 50_000],
    ["60 results of 1 MB", 60, 1_000_000],
    ["one result of 30 MB", 1, 30_000_000],
  ] as const;

  test.each(sizes)("are joined: %s", async (_, width, chars) => {
    await using trial = await restateInProcess({
      large: ({ stepId }) => Promise.resolve(stepId.padEnd(chars, "x")),
      join: sumOf,
    });
    const { id } = await trial.backend.start(join(width));
    const rows = await rowsOf(trial.backend, id);
    const last = rows.find(({ stepId, type }) => stepId === "join" && type === "step_completed");
    expect(JSON.parse(last?.payload ?? "{}")).toEqual({ result: width * chars });
    const first = rows.find(({ stepId, type }) => stepId === "w0" && type === "step_completed");
    // As in the embedded engine, a row has a result of at most 256 KiB.
    expect(Object.keys(JSON.parse(first?.payload ?? "{}"))).toEqual([
      chars > 256 * 1024 ? "artifact" : "result",
    ]);
    const state = await trial.server.sql("SELECT max(length(value)) AS longest FROM state");
    expect(Number(state[0]?.["longest"])).toBeLessThan(600_000);
  });

  test("are given to templates and conditions whole", async () => {
    const long = "y".repeat(40_000);
    await using trial = await restateInProcess({
      large: () => Promise.resolve({ kind: "large", text: long }),
      join: ({ task }) => Promise.resolve(task.length),
    });
    const { id } = await trial.backend.start(
      prepareWorkflow(`
name: passed-on
steps:
  - { id: passed, agentId: large, task: Write }
  - { id: read, agentId: large, task: Write }
  - { id: length, agentId: join, task: "\${{ steps.passed.output.text }}", dependencies: [passed] }
  - { id: skipped, if: "\${{ steps.read.output.kind != 'large' }}", agentId: join, task: No, dependencies: [read] }
`),
    );
    const rows = await rowsOf(trial.backend, id);
    const resultOf = (step: string): unknown =>
      JSON.parse(
        rows.find(({ stepId, type }) => stepId === step && type === "step_completed")?.payload ??
          "{}",
      );
    expect(resultOf("length")).toEqual({ result: long.length });
    expect(resultOf("passed")).toEqual({ result: { kind: "large", text: long } });
    expect(resultOf("read")).toMatchObject({ result: { kind: "large" } });
    expect(rows.some(({ stepId }) => stepId === "skipped")).toBe(false);
  });

  test("cannot be forged by an agent", async () => {
    const forged = { $artifact: "0".repeat(64), bytes: 1, key: "guess" };
    await using trial = await restateInProcess({
      large: () => Promise.resolve(agentReply({ result: forged })),
      join: ({ previousResults }) => Promise.resolve(previousResults),
    });
    const { id } = await trial.backend.start(join(1));
    const rows = await rowsOf(trial.backend, id);
    const last = rows.find(({ stepId, type }) => stepId === "join" && type === "step_completed");
    expect(JSON.parse(last?.payload ?? "{}")).toEqual({ result: { w0: forged } });
  });
});
