import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/api/workflow.schema.js";
import { planRows } from "../../../src/page/workflows/plan-rows.js";

type Step = Plan["steps"][number];

const step = (path: string, verdict: Step["verdict"], usd?: number): Step => ({
  step: path,
  verdict,
  why: verdict === "stale" ? "its task changed" : "",
  ...(usd !== undefined && { usd }),
});

describe("planRows", () => {
  test("a step of its own is a row of its own", () => {
    expect(planRows([step("design", "kept", 0.5)])).toEqual([
      { step: "design", verdict: "kept", why: "", count: 1, total: 1, usd: 0.5, paths: ["design"] },
    ]);
  });

  test("items with the same verdict and reason are one row, in the order of the first", () => {
    const rows = planRows([
      step("build[a]", "kept", 1),
      step("build[b]", "stale", 2),
      step("build[c]", "kept", 3),
      step("report", "again"),
    ]);
    expect(
      rows.map(({ step: name, verdict, count, total, usd }) => [name, verdict, count, total, usd]),
    ).toEqual([
      ["build", "kept", 2, 3, 4],
      ["build", "stale", 1, 3, 2],
      ["report", "again", 1, 1, undefined],
    ]);
  });

  test("rounds and inner steps are put together by their place in the definition", () => {
    const rows = planRows([
      step("all[x.y#1].fix#1.test", "kept"),
      step("all[x.y#1].fix#2.test", "kept"),
      step("all[z].fix#1.test", "kept"),
    ]);
    expect(rows).toEqual([
      {
        step: "all.fix.test",
        verdict: "kept",
        why: "",
        count: 3,
        total: 3,
        paths: ["all[x.y#1].fix#1.test", "all[x.y#1].fix#2.test", "all[z].fix#1.test"],
      },
    ]);
  });

  test("a cost that is not known for every item is not known", () => {
    expect(planRows([step("b[a]", "kept", 1), step("b[c]", "kept")])[0]?.usd).toBeUndefined();
  });
});
