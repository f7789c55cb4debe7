import { type RestateServer, startRestate } from "@automatosx/test-servers/restate";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Folder, ndjson, type Running } from "../harness/axw.js";

vi.setConfig({ testTimeout: 60_000 });

const AGENTS = `agents:
  sh: {command: [sh, -c, 'read -r task; echo "$task" >> launches; echo "did $task"']}
  slow: {command: [sh, -c, 'read -r task; echo "$task" >> launches; while [ ! -e go ]; do sleep 0.02; done']}
`;

const FLOW = `name: sample
version: "1.0.0"
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`;

let server: RestateServer;
beforeAll(async () => {
  server = await startRestate();
});
afterAll(() => server[Symbol.asyncDispose]());

const urlOf = ({ ingressUrl, adminUrl }: RestateServer): string =>
  `${ingressUrl.replace("http", "restate")}?admin=${new URL(adminUrl).port}`;

class RestateFolder extends Folder {
  readonly env: { readonly AXW_BACKEND: string };

  constructor(files: Readonly<Record<string, string>> = {}, on = server) {
    super({ "agents.yaml": AGENTS, "flow.yaml": FLOW, ...files });
    this.env = { AXW_BACKEND: urlOf(on) };
  }

  async worker(...flags: readonly string[]): Promise<Running> {
    const worker = this.start(
      ["worker", "--listen", "127.0.0.1:0", "--register", ...flags],
      this.env,
    );
    await worker.until(/worker \d+ on restate:.* at http:/);
    return worker;
  }
}

describe("Restate as a backend", () => {
  test("that is checked at a wrong port says which one is wrong, and what to do first", async () => {
    const folder = new RestateFolder();
    const wrong = `${server.ingressUrl.replace("http", "restate")}?admin=1`;
    const { code, stdout, stderr } = await folder.here(["backend", "check", wrong]);
    expect([code, stdout]).toEqual([
      5,
      expect.stringMatching(
        /The admin API of the Restate server at .*:1 does not answer[^]*admin=PORT/,
      ),
    ]);
    expect(stderr).toMatch(
      /^next {3}axw backend check [^]*\(after starting Restate there, or with/,
    );
  });

  test("is checked: without workers, and with one that serves agents", async () => {
    const folder = new RestateFolder();
    const none = await folder.here(["backend", "check"], folder.env);
    expect([none.code, none.stdout]).toEqual([1, expect.stringMatching(/No worker is registered/)]);
    await folder.worker("--slots", "sh=2");
    const { code, stdout } = await folder.here(["backend", "check", "--json"], folder.env);
    expect(code).toBe(0);
    expect(ndjson(stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: "server", detail: expect.stringMatching(/Restate \d/) }),
        expect.objectContaining({ what: "agents", detail: expect.stringMatching(/sh=2/) }),
        expect.objectContaining({ what: "worker", detail: expect.stringMatching(/^http:/) }),
      ]),
    );
  });

  test("seals what the server stores with AXW_KEY", async () => {
    const canary = "canary-of-the-task";
    // A server of its own: without the key, its runs cannot be listed.
    await using own = await startRestate();
    const files = { "one.yaml": FLOW.replace("task: one", `task: ${canary}`) };
    const folder = new RestateFolder(files, own);
    folder.write("go");
    const env = { ...folder.env, AXW_KEY: "ab".repeat(32) };
    const args = ["worker", "--listen", "127.0.0.1:0", "--register"];
    await folder.start(args, env).until(/worker \d+ on/);
    const { code } = await folder.here(["run", "one.yaml", "--run-id", "sealed"], env);
    const stored = JSON.stringify(await own.sql("SELECT * FROM state"));
    expect([code, stored.includes("sealed"), stored.includes(canary)]).toEqual([0, true, false]);
  });

  test("says where the output of agents is kept when it has none", async () => {
    const folder = new RestateFolder();
    folder.write("go");
    await folder.worker();
    await folder.here(["run", "flow.yaml", "--run-id", "silent"], folder.env);
    const { code, stdout, stderr } = await folder.here(["logs", "silent"], folder.env);
    expect([code, stdout, stderr]).toEqual([
      0,
      "",
      expect.stringMatching(/^The output of agents was not kept: .* have no --sink/m),
    ]);
    const copy = await folder.here(["logs", "silent"]);
    expect(copy.stderr).toMatch(/^No output is in this copy .* --backend/m);
  });

  test("prints the output of agents that workers keep in their --sink, also while they write", async () => {
    const agents = AGENTS.replace("did $task", "$task wrote");
    // A server of its own: workers without this sink cannot read the rows of its run.
    await using own = await startRestate();
    const folder = new RestateFolder({ "agents.yaml": agents }, own);
    await folder.worker("--sink", "sqlite:elsewhere.db");
    const args = ["run", "flow.yaml", "--run-id", "loud", "--detach"];
    expect((await folder.here(args, folder.env)).code).toBe(0);
    await folder.untilLaunched(2);
    const other = new Folder();
    const following = other.start(["logs", "loud", "--follow"], folder.env);
    await following.until(/one +\S* *one wrote|one wrote/);
    folder.write("go");
    const { stdout } = await following.ended;
    expect(stdout).toMatch(/one wrote[^]*three wrote/);
    const step = await other.here(["logs", "loud", "three", "--raw"], folder.env);
    expect([step.code, step.stdout]).toEqual([0, "three wrote\n"]);
    const silent = await other.here(["logs", "loud", "two"], folder.env);
    expect(silent.stderr).toMatch(/^The agent of step `two` has written no output\.$/m);
  });

  test("says for what a pause waits while its workers are gone", async () => {
    await using own = await startRestate();
    const folder = new RestateFolder({}, own);
    const worker = await folder.worker();
    const args = ["run", "flow.yaml", "--run-id", "stuck", "--detach"];
    expect((await folder.here(args, folder.env)).code).toBe(0);
    await folder.untilLaunched(2);
    worker.child.kill("SIGKILL");
    await worker.ended;
    const pause = folder.start(["pause", "stuck"], folder.env);
    await pause.until(/^Waiting for a worker of .*Ctrl-C ends the wait\.$/m);
    await pause.until(/^Waiting for a worker of .*a worker performs later what/m);
    pause.child.kill("SIGINT");
    folder.write("go");
    expect((await pause.ended).code).toBe(null);
  });

  test("refuses a workflow whose agents no worker serves", async () => {
    const folder = new RestateFolder({ "gpu.yaml": FLOW.replace("slow", "gpu") });
    await folder.worker();
    const { code, stderr } = await folder.here(["run", "gpu.yaml"], folder.env);
    expect(code).toBe(2);
    expect(stderr).toMatch(/gpu[^]*next {3}axw backend check\n$/);
  });

  test("pauses a run that `resume --adopt` then continues here, each completed step once", async () => {
    const folder = new RestateFolder();
    await folder.worker();
    const args = ["run", "flow.yaml", "--run-id", "adopted", "--detach"];
    expect((await folder.here(args, folder.env)).code).toBe(0);
    await folder.untilLaunched(2);
    const adopted = folder.start(["resume", "adopted", "--adopt"], folder.env);
    await adopted.until(/^started +two +attempt 2/m);
    folder.write("go");
    expect((await adopted.ended).code).toBe(0);
    expect(folder.launches()).toEqual(["one", "two", "two", "three"]);
    // The server still has the paused run; its copy is no longer one.
    expect((await folder.here(["list"], folder.env)).stdout).toMatch(/^adopted +✔ completed/m);
    expect((await folder.here(["doctor", "--verify"])).code).toBe(0);
  });

  test("lets a run be continued here when the server is gone", async () => {
    const folder = new RestateFolder();
    await folder.worker("--sink", "sqlite:.ax/workflow.db");
    const args = ["run", "flow.yaml", "--run-id", "gone", "--detach"];
    expect((await folder.here(args, folder.env)).code).toBe(0);
    await folder.untilLaunched(2);
    await folder.here(["show", "gone"], folder.env);
    const away = { AXW_BACKEND: "restate://127.0.0.1:1?admin=1" };
    const refused = await folder.here(["resume", "gone"], {});
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringMatching(/restate/)]);
    folder.write("go");
    const { code, stderr } = await folder.here(["resume", "gone", "--adopt"], away);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/does not answer[^]*from its copy/)]);
  });
});
