import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder, ndjson, workflow } from "../harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");
const CLOSED = "postgres://axw:s3cret@127.0.0.1:1/runs";

describe("--backend and AXW_BACKEND", () => {
  test("with sqlite:PATH name the same database as --db", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const ran = await folder.here(["run", "flow.yaml", "--backend", "sqlite:a/runs.db"]);
    expect([ran.code, folder.has("a/runs.db"), folder.has(".ax")]).toEqual([0, true, false]);
    const [flag, variable, db] = await Promise.all([
      folder.here(["list", "--json", "--backend", "sqlite:a/runs.db"]),
      folder.here(["list", "--json"], { AXW_BACKEND: "sqlite:a/runs.db" }),
      folder.here(["list", "--json", "--db", "a/runs.db"]),
    ]);
    expect([flag.stdout, variable.stdout]).toEqual([db.stdout, db.stdout]);
    expect(ndjson(db.stdout)).toHaveLength(1);
  });

  test("beat AXW_DB, and a typed --db beats AXW_BACKEND", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const env = { AXW_BACKEND: "sqlite:b.db", AXW_DB: "c.db" };
    await folder.here(["run", "flow.yaml"], env);
    await folder.here(["run", "flow.yaml", "--backend", "sqlite:a.db"], env);
    await folder.here(["run", "flow.yaml", "--db", "d.db"], env);
    const made = ["a.db", "b.db", "c.db", "d.db"].map((name) => folder.has(name));
    expect(made).toEqual([true, true, false, true]);
  });

  test("are repeated in the next command", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const { stderr } = await folder.here(["run", "flow.yaml", "--backend", "sqlite:a b.db"]);
    expect(stderr).toMatch(/^next {3}axw show \w{6} --backend 'sqlite:a b\.db'$/m);
  });

  test("are refused together with --db", async () => {
    const { code, stderr } = await new Folder().here([
      ...["list", "--db", "a.db", "--backend", CLOSED],
    ]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--db and --backend cannot/)]);
    expect(stderr).not.toContain("s3cret");
  });

  test("are refused with two values, and no password of them is printed", async () => {
    const { code, stderr } = await new Folder().here([
      ...["list", "--backend", CLOSED, "--backend", "postgres://axw:s3cret@other/runs"],
    ]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/postgres:\/\/axw@other\/runs/)]);
    expect(stderr).not.toContain("s3cret");
  });

  test("that are malformed end any command with the three forms", async () => {
    const { code, stderr } = await new Folder().here(["show", "@last"], { AXW_BACKEND: "pg:x" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/value of AXW_BACKEND begins with `pg:`[^]*sqlite:PATH[^]*restate:/);
  });
});

describe("commands that need a database file", () => {
  test.each([
    ["backup", "copy.db"],
    ["doctor", "--salvage", "new.db"],
  ])("%s refuses a backend, says why, and prints no password", async (...args) => {
    const { code, stderr } = await new Folder().here([...args, "--backend", CLOSED]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/needs a database file, and the runs of postgres:\/\/axw@127/);
    expect(stderr).toMatch(/next {3}axw backend check --backend postgres:\/\/axw@127/);
    expect(stderr).not.toContain("s3cret");
  });
});

describe("the password of a backend", () => {
  test("is not in the list of processes", async () => {
    const slow = "  - {id: one, agentId: slow, task: x}\n";
    const inputs = "inputs: {url: {type: string}}";
    const folder = new Folder({ "flow.yaml": workflow(slow, inputs) });
    // Any word that contains a URL with a password, not only that of --backend.
    const running = folder.start([
      ...["run", "flow.yaml", "--input", "url=postgres://axw:s3cret@db/runs"],
    ]);
    await running.until(/^started/m);
    const args = execFileSync("ps", ["-o", "args=", "-p", String(running.child.pid)], {
      encoding: "utf8",
    });
    running.child.kill("SIGKILL");
    expect(args).not.toContain("s3cret");
    expect(args).toContain("postgres://axw@db/runs");
  });

  test("is not passed on to the programs of agents", async () => {
    const folder = new Folder({
      "flow.yaml": `name: env
version: "1.0.0"
agents:
  env: {command: [sh, -c, 'echo "backend=$AXW_BACKEND"']}
steps:
  - {id: one, agentId: env, task: x}
`,
    });
    const path = join(folder.path, "x.db");
    // The runs are in a file: only the variable names a server.
    const { code } = await folder.axw(["run", "flow.yaml", "--db", path, "--run-id", "env"], {
      AXW_BACKEND: "postgres://axw:s3cret@db/runs",
    });
    expect(code).toBe(0);
    const { stdout } = await folder.axw(["result", "env", "one", "--db", path]);
    expect(stdout.trim()).toBe("backend=");
  });
});
