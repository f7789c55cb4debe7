import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Folder } from "../harness/axw.js";

vi.setConfig({ testTimeout: 60_000 });

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

const AGENTS = `agents:
  slow: {command: [sh, -c, 'read -r task; echo "$task" >> launches; trap "echo stopped >> stops; exit 1" TERM; while :; do sleep 0.02; done']}
`;

const FLOWS = {
  plain: `name: plain
version: "1.0.0"
steps:
  - {id: a, agentId: slow, task: a}
  - {id: b, agentId: slow, task: b}
`,
  handled: `name: handled
version: "1.0.0"
steps:
  - {id: a, agentId: slow, task: a}
  - {id: b, foreach: "\${{ ['x'] }}", steps: [{id: c, agentId: slow, task: c}]}
on:
  always: [{id: tidy, agentId: other, task: tidy}]
`,
};

/** A folder with a worker that performs, and another that decides and is killed with a run. */
async function withDeadDecider(flow: string): Promise<{
  readonly folder: Folder;
  readonly env: Readonly<Record<string, string>>;
}> {
  const folder = new Folder({ "agents.yaml": AGENTS, "flow.yaml": flow });
  const env = { AXW_BACKEND: server.createDatabase() };
  const decider = new Folder().start(["worker"], env);
  await decider.until(/worker \d+ on/);
  const performer = folder.start(["worker", "--runs", "0"], env);
  await performer.until(/worker \d+ on/);
  const flags = ["--run-id", "doomed", "--queue-anyway", "--detach"];
  expect((await folder.here(["run", "flow.yaml", ...flags], env)).code).toBe(0);
  await folder.untilLaunched(2);
  decider.child.kill("SIGKILL");
  await decider.ended;
  return { folder, env };
}

const stops = async (folder: Folder): Promise<number> => {
  const { readFile } = await import("node:fs/promises");
  const text = await readFile(`${folder.path}/stops`, "utf8").catch(() => "");
  return text.split("\n").length - 1;
};

describe("a run whose worker is dead", () => {
  test.each(["plain", "handled"] as const)(
    "stops its attempts in the queue when it is cancelled: %s",
    async (name) => {
      const { folder, env } = await withDeadDecider(FLOWS[name]);
      const { code, stdout } = await folder.here(["cancel", "doomed"], env);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/is (being )?cancelled/)]);
      await vi.waitFor(async () => expect(await stops(folder)).toBe(2), { timeout: 20_000 });
    },
  );
});
