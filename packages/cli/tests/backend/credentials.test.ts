import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Folder } from "../harness/axw.js";

vi.setConfig({ testTimeout: 60_000 });

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

const FILES = {
  "agents.yaml": `agents:
  shows: {command: [sh, -c, 'env >> seen']}
  named: {command: [sh, -c, 'env >> named'], env: {PGPASSWORD: its own}}
`,
  "flow.yaml": `name: shows
version: "1.0.0"
steps:
  - {id: a, agentId: shows, task: a}
  - {id: b, agentId: named, task: b}
  - {id: c, run: {script: "env >> seen", env: {AXW_KEY: its own}}}
`,
};

/** The credentials in a file of `NAME=VALUE` lines. */
function credentialsIn(folder: Folder, name: string): readonly string[] {
  const text = readFileSync(join(folder.path, name), "utf8");
  return text.split("\n").filter((line) => /^(PGPASSWORD|AXW_KEY|AXW_BACKEND)=|s3cret/.test(line));
}

describe("the credentials of a backend", () => {
  test.each([
    ["a worker on PostgreSQL", ["--allow-file-agents"], []],
    ["axw run --local on PostgreSQL", undefined, ["--local", "--agents", "agents.yaml"]],
    ["axw run on a file", undefined, ["--db", "runs.db", "--agents", "agents.yaml"]],
  ])("reach only the programs that name them: %s", async (_, worker, flags) => {
    const folder = new Folder(FILES);
    const url = server.createDatabase().replace("axw@", "axw:s3cret@");
    const env = { AXW_BACKEND: url, PGPASSWORD: "s3cret too", AXW_KEY: "ab".repeat(32) };
    if (worker !== undefined) {
      const started = folder.start(["worker", ...worker], env);
      await started.until(/worker \d+ on/);
    }
    const { code, stderr } = await folder.axw(["run", "flow.yaml", ...flags], env);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    expect([credentialsIn(folder, "seen"), credentialsIn(folder, "named")]).toEqual([
      ["AXW_KEY=its own"],
      ["PGPASSWORD=its own"],
    ]);
  });
});
