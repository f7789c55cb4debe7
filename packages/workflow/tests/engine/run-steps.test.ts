import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type AgentRequest,
  applyRetention,
  type EngineOptions,
  type RunEnding,
  WorkflowEngine,
  type WorkflowError,
} from "../../src/index.js";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "run-steps-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function engineOf(options: EngineOptions = {}): Promise<WorkflowEngine> {
  const engine = await WorkflowEngine.open({ database: ":memory:", ...options });
  onTestFinished(() => engine.close());
  return engine;
}

async function play(text: string, options: EngineOptions = {}): Promise<RunEnding> {
  const engine = await engineOf(options);
  return (await engine.start(text)).ending;
}

describe("a workflow of programs alone", () => {
  test("runs without any agent", async () => {
    const { status, results } = await play(`
id: programs
steps:
  - { id: a, run: [node, -p, "JSON.stringify({ n: 1 + 1 })"], output: { type: object, required: [n], properties: { n: { type: number } } } }
  - id: b
    dependencies: [a]
    run:
      script: |
        first="$N"
        printf '%s|%s' "$first" "$AX_RUN_DIR"
      env: { N: "\${{ steps.a.output.n + 1 }}" }
  - { id: c, dependencies: [b], run: [printf, "%s", "\${{ run.dir }}"] }
`);
    const { b } = results as { readonly b: string };
    const directory = b.slice(b.indexOf("|") + 1);
    expect([status, results]).toEqual([
      "completed",
      { a: { n: 2 }, b: `3|${directory}`, c: directory },
    ]);
  });

  test("gives the exit code where several are accepted, and fails the step for others", async () => {
    const { status, results, errorCode } = await play(`
id: codes
steps:
  - { id: diff, run: { script: "echo changed; exit 1", okExitCodes: [0, 1] } }
  - { id: bad, run: { script: "exit 2", okExitCodes: [0, 1] }, dependencies: [diff] }
`);
    expect([status, errorCode, results]).toEqual([
      "failed",
      "step_failed",
      { diff: { stdout: "changed", exitCode: 1 } },
    ]);
  });

  test("never calls the agent that stands for all others", async () => {
    let called = 0;
    const agents = { "*": () => (called += 1) };
    const { results } = await play("id: one\nsteps: [{ id: a, run: [echo, hi] }]\n", { agents });
    expect([results, called]).toEqual([{ a: "hi" }, 0]);
  });

  test("can be performed by an agent that is registered under `@run`, as in a simulation", async () => {
    const seen: AgentRequest["run"][] = [];
    const agents = {
      "@run": ({ run }: AgentRequest) => {
        seen.push(run);
        return "simulated";
      },
    };
    const text = "id: one\nsteps: [{ id: a, run: { script: 'rm -rf x', env: { A: '1' } } }]\n";
    const { results } = await play(text, { agents });
    expect([results, seen]).toEqual([
      { a: "simulated" },
      [{ script: "rm -rf x", env: { A: "1" } }],
    ]);
  });
});

describe("a program that is stopped", () => {
  /** Whether the process is alive; a zombie is not. */
  function isAlive(pid: number): boolean {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return false;
    }
  }

  // The script, a process in its group, and one in a session of its own.
  const SCRIPT =
    "echo $$ >> pids; sleep 300 & echo $! >> pids; " +
    "(setsid sh -c 'echo $$ >> pids; exec sleep 300' &); echo ready; wait";

  function pidsIn(path: string): number[] {
    return readFileSync(join(path, "pids"), "utf8").trim().split("\n").map(Number);
  }

  test("at its timeout has ended with every process that it started", async () => {
    const path = folder();
    const engine = await engineOf();
    const steps = [{ id: "a", timeout: 1000, run: { script: SCRIPT } }];
    const run = await engine.start({ id: "slow", steps }, { startedFrom: { directory: path } });
    const { status, error } = await run.ending;
    expect([status, error, pidsIn(path).map(isAlive)]).toEqual([
      "failed",
      "step `a` failed: timed out after 1000 ms",
      [false, false, false],
    ]);
  });

  test("by a pause that stops agents has ended, and is tried again when the run resumes", async () => {
    const path = folder();
    const engine = await engineOf({ database: join(path, "workflow.db") });
    const script = `[ "$AX_ATTEMPT_NUMBER" = 1 ] || { echo again; exit 0; }; ${SCRIPT}`;
    const run = await engine.start(
      { id: "paused", steps: [{ id: "a", run: { script } }] },
      { startedFrom: { directory: path } },
    );
    await vi.waitFor(() => expect(pidsIn(path)).toHaveLength(3), { timeout: 20_000 });
    await run.pause({ stopAgents: true });
    const paused = await run.ending;
    const alive = pidsIn(path).map(isAlive);
    const { status, results } = await (await engine.resume(run.id)).ending;
    expect([paused.status, alive, status, results]).toEqual([
      "paused",
      [false, false, false],
      "completed",
      { a: "again" },
    ]);
  });
});

describe("a step with `output`", () => {
  test("is asked again with the misfit until the answer fits, without using up a retry", async () => {
    const feedback: AgentRequest["feedback"][] = [];
    const answers: unknown[] = ["no idea", { risk: "medium" }, { risk: "high" }];
    const agents = {
      model: (request: AgentRequest) => {
        feedback.push(request.feedback);
        return answers.shift();
      },
    };
    const { results } = await play(
      "id: again\nsteps: [{ id: a, agentId: model, task: x, retries: 0, output: " +
        "{ type: object, required: [risk], properties: { risk: { enum: [low, high] } } } }]\n",
      { agents },
    );
    expect([results, feedback]).toEqual([
      { a: { risk: "high" } },
      [
        undefined,
        { error: "the answer is text without a JSON value in it", answer: "no idea" },
        {
          error: '$.risk must be one of "low", "high", not the string "medium"',
          answer: '{"risk":"medium"}',
        },
      ],
    ]);
  });

  test("fails after it was asked again three times, and nothing of its answers is a result", async () => {
    let launches = 0;
    const agents = {
      model: () => {
        launches += 1;
        return "sorry";
      },
    };
    const { status, results } = await play(
      "id: hopeless\nsteps: [{ id: a, agentId: model, task: x, output: { type: array } }]\n",
      { agents },
    );
    expect([status, results, launches]).toEqual(["failed", {}, 4]);
  });

  test("is not asked again if a program performs it", async () => {
    const database = join(folder(), "workflow.db");
    const engine = await engineOf({ database });
    const run = await engine.start(
      "id: once\nsteps: [{ id: a, run: [echo, no], output: { type: array } }]\n",
    );
    await run.ending;
    const attempts = engine.storage.listAttempts(run.id);
    expect(attempts.map(({ attemptNumber }) => attemptNumber)).toEqual([1]);
  });
});

describe("the directory of a run", () => {
  const SCRIPT = "id: script\nsteps: [{ id: a, run: { script: 'echo x > \"$AX_RUN_DIR/a\"' } }]\n";

  test("is beside the database, stays when the run ends, and is removed with the run", async () => {
    const path = folder();
    const engine = await engineOf({ database: join(path, "workflow.db") });
    const run = await engine.start(SCRIPT);
    await run.ending;
    const before = [readdirSync(join(path, "runs")), readdirSync(join(path, "runs", run.id))];
    await applyRetention(engine.storage, { maxRunCount: 0 });
    expect([before, existsSync(join(path, "runs", run.id))]).toEqual([
      [[run.id], [".axw", "a"]],
      false,
    ]);
  });

  test("does not exist for a workflow that uses none", async () => {
    const path = folder();
    const engine = await engineOf({ database: join(path, "workflow.db") });
    await (await engine.start("id: one\nsteps: [{ id: a, run: [env] }]\n")).ending;
    expect(existsSync(join(path, "runs"))).toBe(false);
  });

  test("is temporary if the database is in memory, and removed with the engine", async () => {
    const engine = await WorkflowEngine.open({ database: ":memory:" });
    const { results } = await (
      await engine.start("id: one\nsteps: [{ id: a, run: { script: 'echo \"$AX_RUN_DIR\"' } }]\n")
    ).ending;
    const existed = existsSync(String(results["a"]));
    await engine.close();
    expect([existed, existsSync(String(results["a"]))]).toEqual([true, false]);
  });
});

describe("the temporary directory of a run", () => {
  test("is removed when the process ends, even if its engine is not closed", () => {
    const index = JSON.stringify(new URL("../../dist/index.js", import.meta.url));
    const program = `
      import { WorkflowEngine } from ${index};
      const engine = await WorkflowEngine.open({ database: ":memory:" });
      const text = "id: one\\nsteps: [{ id: a, run: { script: 'echo $AX_RUN_DIR' } }]";
      process.stdout.write((await (await engine.start(text)).ending).results.a);
      process.exit();
    `;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program]);
    const path = stdout.toString();
    expect([path.includes("axw-runs-"), existsSync(path)]).toEqual([true, false]);
  });
});

describe("a secret that the host does not know", () => {
  const TEXT = `id: secret
steps:
  - { id: a, run: { script: 'env', env: { T: "\${{ secrets.API_TOKEN }}" } } }
`;

  test("refuses the start, with its place, before anything is stored", async () => {
    const engine = await engineOf({ secrets: () => undefined });
    const error: WorkflowError = await engine.start(TEXT).then(
      () => Promise.reject(new Error("it started")),
      (reason: unknown) => reason as WorkflowError,
    );
    expect({
      code: error.code,
      message: error.message,
      issues: error.issues.map(({ code, line, column }) => [code, line, column]),
      runs: engine.storage.listRuns(),
    }).toEqual({
      code: "invalid_definition",
      message: "The secret `API_TOKEN` of the workflow secret is not known to this host.",
      issues: [["AXW1629", 3, 51]],
      runs: [],
    });
  });

  test("refuses the resume, and leaves the run as it is", async () => {
    const database = join(folder(), "workflow.db");
    const first = await WorkflowEngine.open({ database, secrets: () => "t0psecret!" });
    const failing = TEXT.replace("'env'", "'exit 1'").replace("env: {", "env: { ");
    const run = await first.start(failing);
    await run.ending;
    await first.close();
    const second = await engineOf({ database });
    await expect(second.resume(run.id)).rejects.toMatchObject({ code: "invalid_definition" });
    expect((await second.get(run.id))?.status).toBe("failed");
  });
});
