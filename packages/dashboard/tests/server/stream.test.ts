import { describe, expect, test } from "vitest";
import type { Run } from "../../src/api/run.schema.js";
import { receivedRun } from "../../src/fold/received-run.js";
import { MessageReader } from "../support/messages.js";
import { Served } from "../support/served.js";

const TWO = `
id: two
steps:
  - { id: first, agentId: gate, task: Wait. }
  - { id: second, agentId: gate, task: Wait., dependencies: [first] }
`;

describe("GET /stream", () => {
  test("continues the journal where the answer of GET /runs/:run ends", async () => {
    await using served = new Served();
    const open = Promise.withResolvers<void>();
    const engine = await served.engine({
      gate: async () => {
        await open.promise;
        return 1;
      },
    });
    const run = await engine.start(TWO);
    const dashboard = served.dashboard();
    const answer = await dashboard.get<Run>(`/runs/${run.id}`);
    const { view, carried } = receivedRun(answer);
    expect(view.status).toBe("running");
    await using messages = await MessageReader.open(
      dashboard,
      `run=${run.id}&after=${answer.head}`,
    );
    open.resolve();
    while (!view.hasEnded) {
      const { entries } = await messages.until("entries");
      for (const entry of entries) view.fold(carried.take(entry));
    }
    expect(view.counts()).toMatchObject({ total: 2, completed: 2 });
  });
});
