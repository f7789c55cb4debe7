import { describe, expect, test } from "vitest";
import {
  type AgentFunction,
  agentReply,
  openSqliteStorage,
  WorkflowEngine,
} from "../../src/index.js";
import { salvageDatabase } from "../../src/salvage/index.js";
import { caught, freshPaths, withRaw } from "../storage/fixture.js";
import { bench, workflow } from "../support/workflows.js";

const path = freshPaths("started-from");
const one = workflow({ a: [] });
const startedFrom = { directory: "/p", file: "/p/w.yaml", agentsFile: "/p/agents.yaml" };

/** An agent that fails at first, and notes the directory of each attempt. */
function noting(directories: unknown[]): AgentFunction {
  return (request) => {
    directories.push("directory" in request ? request.directory : "absent");
    if (directories.length === 1) throw new Error("not yet");
    return "done";
  };
}

describe("where a run was started", () => {
  test("is kept with the run, and agents get the directory also after a resume", async () => {
    const directories: unknown[] = [];
    const open = (): Promise<WorkflowEngine> =>
      WorkflowEngine.open({ database: path(), agents: { "*": noting(directories) } });
    const first = await open();
    const { id, ending } = await first.start(one, { startedFrom });
    await ending;
    await first.close();
    await using second = await open();
    await (await second.resume(id)).ending;
    expect([
      directories,
      second.storage.getRun(id)?.startedFrom,
      (await second.list()).map((run) => run.startedFrom),
    ]).toEqual([["/p", "/p"], startedFrom, [startedFrom]]);
  });

  test("keeps the caller's `traceparent` through a resume and a salvage", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const seen: unknown[] = [];
    const database = path();
    const salvaged = `${database}.new`;
    const agent: AgentFunction = (request) => {
      seen.push(request.traceparent);
      if (seen.length === 1) throw new Error("not yet");
      return agentReply({ result: "done", usage: { inputTokens: 3 } });
    };
    for (const runs of [1, 2]) {
      await using engine = await WorkflowEngine.open({ database, agents: { "*": agent } });
      const run =
        runs === 1
          ? await engine.start(one, { runId: "r", startedFrom: { traceparent } })
          : await engine.resume("r");
      await run.ending;
    }
    salvageDatabase({ from: database, to: salvaged });
    const storage = openSqliteStorage({ path: salvaged });
    const { startedFrom: kept, used } = storage.getRun("r") ?? {};
    storage.close();
    expect([seen, kept, used]).toEqual([
      [traceparent, traceparent],
      { traceparent },
      { attempts: 2, tokens: 3 },
    ]);
  });

  test("is absent if the caller did not give it", async () => {
    const directories: unknown[] = [];
    await using b = await bench({}, { agents: { "*": noting(directories) } });
    const { id, ending } = await b.engine.start(one, { startedFrom: {} });
    await ending;
    expect([directories, b.engine.storage.getRun(id)?.startedFrom]).toEqual([
      ["absent"],
      undefined,
    ]);
  });

  test("is not part of a run's identity: a start that returns the run does not change it", async () => {
    await using b = await bench({ a: { result: 1 } });
    const runId = "nightly";
    await (await b.engine.start(one, { runId, startedFrom })).ending;
    await b.engine.start(one, { runId, startedFrom: { directory: "/elsewhere" } });
    expect(b.engine.storage.getRun(runId)?.startedFrom).toEqual(startedFrom);
  });

  test.each([
    [{ directory: "p" }, "startedFrom.directory must be an absolute path, as text; "],
    [{ file: "" }, "startedFrom.file must be an absolute path, as text; "],
    [{ agentsFile: "/a\0b" }, "startedFrom.agentsFile must be an absolute path, as text; "],
    [{ folder: "/p" }, "`startedFrom` has no option `folder`."],
    ["/p", "startedFrom must be an object; "],
  ])("is refused on input as %j, and nothing starts", async (given, message) => {
    await using b = await bench({ a: { result: 1 } });
    const start = b.engine.start(one, { startedFrom: given as object });
    await expect(start).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(message),
    });
    expect(b.engine.storage.listRuns()).toEqual([]);
  });

  test("is copied by a salvage", async () => {
    const engine = await WorkflowEngine.open({ database: path(), agents: { "*": () => "done" } });
    const { id, ending } = await engine.start(one, { startedFrom });
    await ending;
    await engine.close();
    const { runs } = salvageDatabase({ from: path(), to: `${path()}.new` });
    const storage = openSqliteStorage({ path: `${path()}.new` });
    expect([runs.flatMap(({ lost }) => lost), storage.getRun(id)?.startedFrom]).toEqual([
      [],
      startedFrom,
    ]);
    storage.close();
  });

  test.each([
    `UPDATE workflow_runs SET started_from = replace(started_from, '"/p"', '"/q"')`,
    "UPDATE workflow_runs SET started_from = NULL",
  ])("is not used once it is damaged: %s", async (sql) => {
    const engine = await WorkflowEngine.open({ database: path(), agents: { "*": () => "done" } });
    const { id, ending } = await engine.start(one, { startedFrom });
    await ending;
    await engine.close();
    withRaw(path(), (database) => database.exec(sql));
    const storage = openSqliteStorage({ path: path() });
    expect(caught(() => storage.getRun(id)).code).toBe("journal_damaged");
    storage.close();
  });
});
