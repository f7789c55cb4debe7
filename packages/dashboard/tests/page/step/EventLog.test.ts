import { RunView } from "@automatosx/run-view";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Run } from "../../../src/api/run.schema.js";
import { CarriedData } from "../../../src/fold/CarriedData.js";
import { EventLog } from "../../../src/page/step/EventLog.js";
import { completed, Served } from "../../support/served.js";

const SOURCE = `
id: build
steps:
  - id: code
    agentId: coder
    task: Write it.
    retry: { max: 1, backoff: 1ms }
  - id: report
    agentId: coder
    dependencies: [code]
    task: Report.
    if: \${{ steps.code.output == 'other' }}
`;

let served: Served;

beforeEach(() => {
  served = new Served();
});

afterEach(() => served[Symbol.asyncDispose]());

describe("EventLog", () => {
  test("lists the events of each step in the words of the command line, read in parts", async () => {
    let attempts = 0;
    const engine = await served.engine({
      coder: () => {
        attempts += 1;
        if (attempts === 1) throw new Error("exited 1");
        return "done";
      },
    });
    const { runId } = await completed(engine, SOURCE);
    const { origin, entries } = await served.dashboard().get<Run>(`/runs/${runId}`);
    const { definition, ...rest } = origin;
    const carried = new CarriedData(runId);
    const log = new EventLog(
      new RunView({ ...rest, definition: definition as WorkflowDefinition }, carried.references),
    );
    let parts = 1;
    while (log.advance(entries, 3)) parts += 1;
    expect(parts).toBe(Math.ceil(entries.length / 3));
    expect(log.seq).toBe(entries.at(-1)?.[0]);
    const words = (step: string): string[] =>
      log.of(step).map(({ line }) => line.status.padEnd(10) + line.detail.replace(/\d+ms/g, "0ms"));
    expect(words("code")).toEqual([
      "started   attempt 1  agent coder",
      "failed    attempt 1  0ms  exited 1",
      "retrying  attempt 2 in 0ms",
      "started   attempt 2  agent coder",
      "completed attempt 2  0ms",
    ]);
    expect(words("report")).toEqual(["skipped   its condition is false"]);
    expect(log.of("other")).toEqual([]);
  });
});
