import { openSqliteStorage } from "@automatosx/workflow/observe";
import { describe, expect, test } from "vitest";
import type { Log, RunList } from "../../src/api/run.schema.js";
import { MessageReader } from "../support/messages.js";
import { completed, Served } from "../support/served.js";

const SOURCE = `
id: build
steps:
  - { id: code, agentId: coder, task: Write it. }
`;

/** Removes a run that has ended, as the retention does. */
function remove(served: Served, runId: string): void {
  const storage = openSqliteStorage({ path: served.database });
  for (let left = [runId]; left.length > 0; ) {
    storage.removeRuns({ runIds: left, isHeld: () => false });
    left = storage.getRun(runId) === undefined ? [] : left;
  }
  storage.close();
}

describe("a run with the id of one that was removed", () => {
  test("has a log of its own", async () => {
    await using served = new Served();
    let text = "one\ntwo\nthree\n";
    const engine = await served.engine({ coder: ({ log }) => log(text) });
    await completed(engine, SOURCE, { runId: "nightly" });
    const dashboard = served.dashboard();
    const lines = async (): Promise<unknown> => {
      const log = await dashboard.get<Log>("/runs/nightly/steps/code/attempts/1/log");
      return [log.total, ...log.lines.map((line) => line[3])];
    };
    expect(await lines()).toEqual([3, "one", "two", "three"]);
    remove(served, "nightly");
    text = "other\n";
    await completed(engine, SOURCE, { runId: "nightly" });
    expect(await lines()).toEqual([1, "other"]);
  });

  test("has figures of its own in a list", async () => {
    await using served = new Served();
    let reason = "The disk is full.";
    const engine = await served.engine({
      coder: () => {
        throw new Error(reason);
      },
    });
    const dashboard = served.dashboard();
    const said = async (): Promise<string | undefined> => {
      await dashboard.get("/runs/nightly");
      const { runs } = await dashboard.get<RunList>("/runs");
      return runs[0]?.figures?.says.text;
    };
    await completed(engine, SOURCE, { runId: "nightly" });
    expect(await said()).toContain("The disk is full.");
    remove(served, "nightly");
    reason = "The key is old.";
    await completed(engine, SOURCE, { runId: "nightly" });
    expect(await said()).toContain("The key is old.");
  });

  test("is not sent on the stream of the one that was removed", async () => {
    await using served = new Served();
    const engine = await served.engine({ coder: () => 1 });
    await completed(engine, SOURCE, { runId: "nightly" });
    await using messages = await MessageReader.open(served.dashboard(), "run=nightly");
    await messages.until("entries");
    remove(served, "nightly");
    await completed(engine, `${SOURCE}  - { id: more, agentId: coder, task: More. }\n`, {
      runId: "nightly",
    });
    const seen: string[] = [];
    for (let message = await messages.next(); message !== undefined; ) {
      seen.push(message.name);
      message = await messages.next();
    }
    expect(seen).not.toContain("entries");
    expect(seen.at(-1)).toBe("problem");
  });
});
