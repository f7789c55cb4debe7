import { describe, expect, test } from "vitest";
import { RunList } from "../../src/api/run.schema.js";
import { completed, Served } from "../support/served.js";
import { until } from "../support/until.js";

const ONE = "id: one\nsteps:\n  - { id: a, agentId: worker, task: Work. }\n";
const OTHER = "id: other\nname: The other\nsteps:\n  - { id: a, agentId: worker, task: Work. }\n";
const GATED = `
id: gated
steps:
  - id: approve
    gate: { ask: "Deploy now?" }
`;

const worker = (): number => 1;

const idsOf = ({ runs }: RunList): string[] => runs.map(({ runId }) => runId);

describe("GET /runs", () => {
  test("lists runs with their figures, newest first, and what needs a person", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker });
    await completed(engine, ONE, { runId: "first" });
    await completed(engine, GATED, { runId: "second" });
    const dashboard = served.dashboard({ now: () => Date.now() + 60_000 });
    // On a busy machine, figures follow afterwards.
    const list = await until(
      () => dashboard.get<RunList>("/runs"),
      ({ runs, asks }) => asks.length > 0 && runs.every(({ figures }) => figures !== null),
    );
    expect(RunList.parse(list)).toEqual(list);
    expect(list.runs.map(({ runId, status, figures }) => ({ runId, status, figures }))).toEqual([
      {
        runId: "second",
        status: "paused",
        figures: expect.objectContaining({
          says: { tone: "wait", head: "waits for approve", text: "Deploy now?" },
          steps: expect.objectContaining({ total: 1, open: 1 }),
        }),
      },
      {
        runId: "first",
        status: "completed",
        figures: expect.objectContaining({
          says: { tone: "ok", text: "" },
          steps: expect.objectContaining({ total: 1, completed: 1 }),
        }),
      },
    ]);
    expect([list.counts, list.next]).toEqual([
      { running: 0, completed: 1, failed: 0, paused: 1, cancelled: 0 },
      null,
    ]);
    expect(list.asks).toEqual([
      {
        kind: "gates",
        says: { tone: "wait", text: "gated second, Deploy now?" },
        runId: "second",
        count: 1,
      },
    ]);
  });

  test("pages with a cursor that runs started in the meantime do not move", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker });
    for (const runId of ["a", "b", "c", "d"]) await completed(engine, ONE, { runId });
    const dashboard = served.dashboard();
    const first = await dashboard.get<RunList>("/runs?limit=2");
    await completed(engine, ONE, { runId: "e" });
    const second = await dashboard.get<RunList>(`/runs?limit=2&cursor=${first.next ?? ""}`);
    expect([idsOf(first), idsOf(second), second.next]).toEqual([["d", "c"], ["b", "a"], null]);
  });

  test("finds runs by workflow, by text and by status", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker });
    await completed(engine, ONE, { runId: "first" });
    await completed(engine, OTHER, { runId: "second" });
    await completed(engine, GATED, { runId: "third" });
    const dashboard = served.dashboard();
    const found = async (query: string): Promise<string> =>
      idsOf(await dashboard.get<RunList>(`/runs?${query}`)).join(" ");
    expect([
      await found("workflow=other"),
      await found("q=THE%20OTHER"),
      await found("q=irs"),
      await found("status=open"),
      await found("status=completed"),
      await found("q=nothing"),
    ]).toEqual(["second", "second", "first", "third", "second first", ""]);
  });

  test("merges running and paused runs into one order, page by page", async () => {
    await using served = new Served();
    const never = Promise.withResolvers<unknown>();
    const engine = await served.engine({ worker: () => never.promise });
    for (const [runId, source] of [
      ["a", GATED],
      ["b", ONE],
      ["c", GATED],
      ["d", ONE],
    ] as const) {
      const run = await engine.start(source, { runId });
      if (source === GATED) await run.ending;
    }
    const dashboard = served.dashboard();
    const pages: string[][] = [];
    for (let cursor = ""; ; ) {
      const page = await dashboard.get<RunList>(`/runs?status=open&limit=3${cursor}`);
      pages.push(idsOf(page));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    never.resolve(1);
    expect(pages).toEqual([["d", "c", "b"], ["a"]]);
  });

  test.each(["cursor=abc", "cursor=bm8", "limit=0", "status=lost", "colour=red"])(
    "refuses %s",
    async (query) => {
      await using served = new Served();
      await served.engine({});
      const { status, body } = await served.dashboard().outcome(`/runs?${query}`);
      expect([status, body]).toEqual([400, expect.objectContaining({ code: "invalid_request" })]);
    },
  );
});
