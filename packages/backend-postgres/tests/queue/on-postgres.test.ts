import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { WorkflowEngine } from "@automatosx/workflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresStorage } from "../../src/index.js";
import { mostAtOnce, Processes } from "./processes.js";
import { workflowOf } from "./support.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

const FORTY = workflowOf(
  Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`s${index}`, { with: { ms: 3000 }, retries: 0 }]),
  ),
);

describe("an engine on PostgreSQL whose attempts are queued in the same database", () => {
  test("is killed with 40 attempts in flight, and the next engine repeats none", async () => {
    const url = server.createDatabase();
    using processes = new Processes();
    await Promise.all([processes.worker(url, 20), processes.worker(url, 20)]);
    const first = processes.engine(url, "start", JSON.stringify(FORTY), url);
    await processes.noted("start", 40);
    first.process.kill("SIGKILL");
    await first.exited;
    const second = processes.engine(url, "resume", "job", url);
    expect(JSON.parse(await second.line("ending "))).toEqual({ status: "completed", retries: 0 });
    const notes = processes.notes();
    expect({
      started: processes.notes("start").length,
      ended: processes.notes("end").length,
      most: mostAtOnce(notes),
    }).toEqual({ started: 40, ended: 40, most: 40 });
  });

  test("and its server are killed, and both come back: nothing is repeated", async () => {
    await using own = await startPostgres();
    const url = own.createDatabase();
    using processes = new Processes();
    await processes.worker(url, 40);
    const first = processes.engine(url, "start", JSON.stringify(FORTY), url);
    await processes.noted("start", 40);
    first.process.kill("SIGKILL");
    await first.exited;
    await own.kill();
    await own.restart();
    const second = processes.engine(url, "resume", "job", url);
    expect(JSON.parse(await second.line("ending "))).toEqual({ status: "completed", retries: 0 });
    expect(processes.notes("start")).toHaveLength(40);
  });

  test("is dead when its run is cancelled by a client without agents: the attempts are stopped", async () => {
    const url = server.createDatabase();
    using processes = new Processes();
    await processes.worker(url, 2);
    const hours = { with: { ms: 3_600_000 } };
    const flow = workflowOf({ a: hours, b: hours, c: hours });
    const engine = processes.engine(url, "start", JSON.stringify(flow), url);
    await processes.noted("start", 2);
    engine.process.kill("SIGKILL");
    await engine.exited;
    const storage = await openPostgresStorage({ url });
    const client = await WorkflowEngine.open({ storage, executes: false });
    await client.cancel("job");
    await client.close();
    storage.close();
    // The third one begins when another ends, and is stopped too.
    await processes.noted("stop", 3);
    expect(processes.notes("end")).toEqual([]);
  });
});
