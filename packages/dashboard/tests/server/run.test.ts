import { openSqliteStorage, RunReader } from "@automatosx/workflow/observe";
import { describe, expect, test } from "vitest";
import { Run } from "../../src/api/run.schema.js";
import { receivedRun } from "../../src/fold/received-run.js";
import { completed, Served } from "../support/served.js";

const CHAIN = `
id: chain
name: Chain
version: 1.2.3
steps:
  - { id: first, agentId: writer, task: Write. }
  - { id: second, agentId: writer, task: "Read \${{ steps.first.output.text }}", dependencies: [first] }
`;

const LONG = { text: "x".repeat(3000) };

describe("GET /runs/:run", () => {
  test("contains what the page folds to the state that the journal leads to", async () => {
    await using served = new Served();
    const engine = await served.engine({
      writer: ({ stepId }: { stepId: string }) => (stepId === "first" ? LONG : "done"),
    });
    const { runId } = await completed(engine, CHAIN);
    const answer = await served.dashboard().get<Run>(`/runs/${runId}`);
    expect(Run.parse(answer)).toEqual(answer);
    const { view } = receivedRun(answer);
    using storage = closing(openSqliteStorage({ path: served.database }));
    const expected = RunReader.open(storage.value, runId).catchUp().view;
    expect(view.counts()).toEqual(expected.counts());
    expect(view.steps().map(({ id, status }) => ({ id, status }))).toEqual([
      { id: "first", status: "completed" },
      { id: "second", status: "completed" },
    ]);
    expect(answer.head).toBe(expected.seq);
    expect(view.seq).toBe(expected.seq);
  });

  test("leaves out a large result, but not its digest, its size and its beginning", async () => {
    await using served = new Served();
    const engine = await served.engine({ writer: () => LONG });
    const { runId } = await completed(engine, CHAIN);
    const { entries, hasStubs } = await served.dashboard().get<Run>(`/runs/${runId}`);
    const [ended] = entries.filter(([, type]) => type === "step_completed");
    expect(hasStubs).toBe(true);
    const { result } = JSON.parse(ended?.[5] ?? "") as { result: { $result: object } };
    expect(result.$result).toEqual({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: JSON.stringify(LONG).length,
      preview: JSON.stringify(LONG).slice(0, 200),
    });
  });

  test("finds a run by a part of its id, unless several have it", async () => {
    await using served = new Served();
    const engine = await served.engine({ writer: () => "done" });
    const { runId } = await completed(engine, CHAIN);
    const dashboard = served.dashboard();
    const found = await dashboard.get<Run>(`/runs/${runId.slice(-8)}`);
    expect(found.row.runId).toBe(runId);
    await completed(engine, CHAIN);
    const { status, body } = await dashboard.outcome(`/runs/${runId.slice(0, 4)}`);
    expect([status, body]).toEqual([409, expect.objectContaining({ code: "run_ambiguous" })]);
  });

  test("is about the present run if one of the same id was removed", async () => {
    await using served = new Served();
    const engine = await served.engine({ writer: () => "done" });
    await completed(engine, CHAIN, { runId: "same" });
    const dashboard = served.dashboard();
    await dashboard.get<Run>("/runs/same");
    engine.storage.removeRuns({ runIds: ["same"], isHeld: () => false });
    await completed(engine, CHAIN.replace("id: second", "id: other"), { runId: "same" });
    const { causes } = await dashboard.get<{ causes: { text: string }[] }>("/runs/same/why/other");
    expect(causes).toHaveLength(1);
  });
});

function closing<T extends { close(): void }>(value: T): Disposable & { readonly value: T } {
  return { value, [Symbol.dispose]: () => value.close() };
}
