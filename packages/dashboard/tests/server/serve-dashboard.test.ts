import { describe, expect, test } from "vitest";
import { serveDashboard } from "../../src/server/serve-dashboard.js";
import { Served } from "../support/served.js";

const TWO = `
id: two
steps:
  - { id: first, agentId: gate, task: Wait. }
  - { id: second, agentId: gate, task: Wait., dependencies: [first] }
`;

describe("serveDashboard", () => {
  test("streams what its own engine writes", async () => {
    await using served = new Served();
    const open = Promise.withResolvers<void>();
    const engine = await served.engine({ gate: () => open.promise });
    const run = await engine.start(TWO);
    await using dashboard = await serveDashboard(engine, { port: 0, folder: served.folder });
    const headers = { Authorization: `Bearer ${dashboard.key}` };
    const stream = `${dashboard.address}/api/v1/stream?run=${run.id}&after=0`;
    const response = await fetch(stream, { headers });
    open.resolve();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('"complete_workflow"')) break;
    }
    expect(text).toContain("event: entries");
    expect((await engine.waitForCompletion(run.id)).status).toBe("completed");
  });

  test("resumes runs in its engine, and stops answering once it is closed", async () => {
    await using served = new Served();
    let isBroken = true;
    const engine = await served.engine({
      gate: async () => {
        if (isBroken) throw new Error("broken");
      },
    });
    const run = await engine.start(TWO);
    await run.ending;
    isBroken = false;
    const dashboard = await serveDashboard(engine, { port: 0, folder: served.folder });
    const { address, key } = dashboard;
    const resume = (): Promise<Response> =>
      fetch(`${address}/api/v1/runs/${run.id}/resume`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${key}`,
          Origin: address,
          "Content-Type": "application/json",
        },
        body: "{}",
      });
    expect((await resume()).status).toBe(202);
    expect((await engine.waitForCompletion(run.id)).status).toBe("completed");
    await dashboard.close();
    await expect(resume()).rejects.toThrow("fetch failed");
  });
});
