import { describe, expect, test } from "vitest";
import { Folder, ndjson, runIdIn, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one, checkpoint: early}\n");
const NAMELESS = "name: sample\nsteps: [{id: one, agentId: backend, task: one}]\n";
const next = ({
  stderr,
  stdout,
}: {
  readonly stderr: string;
  readonly stdout: string;
}): string | undefined =>
  /^next {3}(.*)$/m.exec(stderr)?.[1] ?? /^next {3}(.*)$/m.exec(stdout)?.[1];

describe("the next command", () => {
  test("contains the database set with --db, quoted for a shell", async () => {
    const folder = new Folder({
      "text.db": "not a database ".repeat(100),
      "flow.yaml": ONE,
      "nameless.yaml": NAMELESS,
    });
    const id = runIdIn((await folder.here(["run", "flow.yaml", "--db", "my runs.db"])).stdout);
    const of = async (...args: string[]) => next(await folder.here(args));
    expect(
      await Promise.all([
        of("list", "--db", "text.db"),
        of("show", "nope", "--db", "my runs.db"),
        of("show", id, "--db", "none.db"),
      ]),
    ).toEqual([
      "axw doctor --verify --db text.db",
      "axw list --db 'my runs.db'",
      "axw run FILE --db none.db",
    ]);
    expect(await of("logs", id, "nope", "--db", "my runs.db")).toBe(
      `axw logs ${id} one --db 'my runs.db'`,
    );
    expect(await of("run", "nameless.yaml", "--db", "a.db")).toBe(
      "axw run nameless.yaml --agents simulated --db a.db",
    );
    expect(await of("doctor", "--verify", "--db", "my runs.db")).toBe("axw list --db 'my runs.db'");
  });

  test("starts with the words that start axw here: in a clone of the repository, axw is not on PATH", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const env = { AXW_COMMAND: "npm run -s axw --" };
    const [ran, missing] = [
      await folder.axw(["run", "flow.yaml"], env),
      await folder.here(["show", "x", "--db", "none.db"], env),
    ];
    expect(next(ran)).toBe(`npm run -s axw -- show ${runIdIn(ran.stdout)}`);
    expect(next(missing)).toBe("npm run -s axw -- run FILE --db none.db");
    const help = await folder.here(["--help"], env);
    expect(help.stdout).toContain("Start with: npm run -s axw -- validate FILE");
  });

  test("shows the run after it has completed", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const listed = await folder.here(["checkpoint", "list", id]);
    expect(next(listed)).toBe(`axw show ${id}`);
    const [{ checkpointId } = { checkpointId: "none" }] = ndjson(
      (await folder.here(["checkpoint", "list", id, "--json"])).stdout,
    );
    const back = await folder.here(["resume", String(checkpointId)]);
    expect({ code: back.code, next: next(back), launches: folder.launches() }).toEqual({
      code: 2,
      next: `axw show ${id}`,
      launches: ["one"],
    });
    expect(back.stderr).toMatch(
      /^error {2}run_not_resumable {2}Run \w+ is completed: its checkpoint \w+ can no longer be restored/,
    );
  });

  test("prints the logs of the step that failed the run, not of one that is allowed to fail", async () => {
    const steps =
      "  - {id: may fail, agentId: bad, task: one, continueOnError: true}\n  - {id: must not, " +
      "agentId: bad, task: two, dependencies: [may fail]}\n";
    const folder = new Folder({
      "flow.yaml": workflow(
        steps.replaceAll("may fail", "may-fail").replaceAll("must not", "must-not"),
      ),
    });
    const { stdout, stderr } = await folder.here(["run", "flow.yaml"]);
    const id = runIdIn(stdout);
    expect(/^logs.*$/m.exec(stderr)?.[0]).toBe(`logs   axw logs ${id} must-not`);
    expect(next(await folder.here(["show", id]))).toBe(`axw logs ${id} must-not`);
  });

  test("prints the command's help after an invalid value, or a free path for one that is taken", async () => {
    const folder = new Folder({ "flow.yaml": ONE, "there.db": "" });
    const of = async (...args: string[]) => next(await folder.here(args));
    await folder.here(["run", "flow.yaml"]);
    expect(
      await Promise.all([
        of("doctor", "--salvage", "there.db"),
        of("run", "flow.yaml", "--run-id", "a b"),
        of("run", "flow.yaml", "--agents", ".."),
        of("run", "flow.yaml", "--inputs", "nope.json"),
      ]),
    ).toEqual([
      "axw doctor --salvage there-2.db",
      "axw run --help",
      "axw run --help",
      "axw run --help",
    ]);
  });

  test("shows how to supply agents when a run has none", async () => {
    const folder = new Folder({
      "own.yaml":
        "name: own\nagents: {backend: {command: [./nowhere]}}\nsteps: [{id: one, agentId: " +
        "backend, task: one}]\n",
      "nameless.yaml": NAMELESS,
      "broken.yaml": "agents:\n  backend: {comand: [x]}\n",
    });
    const own = await folder.here(["agents", "own.yaml"]);
    expect(next(own)).toBe("axw agents own.yaml");
    expect(own.stderr).toMatch(/^Install the missing programs/);
    expect(next(await folder.here(["agents", "nameless.yaml"]))).toBe(
      "axw run nameless.yaml --agents simulated",
    );
    expect(next(await folder.here(["run", "nameless.yaml", "--agents", "broken.yaml"]))).toBe(
      "axw run nameless.yaml --agents broken.yaml",
    );
  });

  test("resumes with the agents file that the run was started with", async () => {
    const folder = new Folder({
      "nameless.yaml": NAMELESS,
      "team.yaml": 'agents:\n  backend: { command: ["false"] }\n',
    });
    await folder.here(["run", "nameless.yaml", "--agents", "team.yaml", "--run-id", "r"]);
    const resumed = await folder.here(["resume", "r"]);
    expect([resumed.code, next(resumed), resumed.stdout]).toEqual([
      1,
      "axw resume r",
      expect.stringContaining("program `false` exited with code 1"),
    ]);
  });
});
