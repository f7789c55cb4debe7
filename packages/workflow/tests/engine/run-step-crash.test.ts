import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type RunEnding, WorkflowEngine } from "../../src/index.js";

const CHILD = fileURLToPath(new URL("../support/run-step-child.ts", import.meta.url));

interface Engine {
  readonly child: ChildProcess;
  /** Settles with the first line that begins with the word: what follows the word. */
  line(word: string): Promise<string>;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "run-step-crash-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function startEngine(database: string, verb: string, argument: string): Engine {
  const child = spawn(process.execPath, [CHILD, database, verb, argument], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HOST_TOKEN: "t0psecret!" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const line = (word: string): Promise<string> =>
    vi.waitFor(
      () => {
        const found = new RegExp(`^${word} ?(.*)$`, "m").exec(printed);
        if (found === null) throw new Error(`no line \`${word}\` in: ${printed}`);
        return found[1] ?? "";
      },
      { timeout: 20_000, interval: 20 },
    );
  return { child, line };
}

async function kill({ child }: Engine): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function endingOf(engine: Engine): Promise<RunEnding> {
  return JSON.parse(await engine.line("ending")) as RunEnding;
}

/** Whether the process is alive; a zombie is not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function pidsIn(path: string, count: number): Promise<number[]> {
  return vi.waitFor(
    () => {
      const pids = readFileSync(path, "utf8").trim().split("\n").map(Number);
      if (pids.length < count) throw new Error(`${pids.length} of ${count} processes`);
      return pids;
    },
    { timeout: 20_000, interval: 20 },
  );
}

describe("a `run` step whose engine is killed", () => {
  test("is tried again by the engine that takes over, after every process of its script has ended", async () => {
    const path = folder();
    const [database, pids] = [join(path, "workflow.db"), join(path, "pids")];
    // A process of the group, one in a session of its own, and one that cleared its environment.
    const script = `
[ "$AX_ATTEMPT_NUMBER" = 1 ] || { for pid in $(cat "$PIDS"); do kill -0 "$pid" 2>/dev/null && [ "$(ps -o stat= -p "$pid" | cut -c1)" != Z ] && echo "alive $pid"; done; echo again; exit 0; }
echo $$ >> "$PIDS"
(setsid sh -c 'echo $$ >> "$PIDS"; exec sleep 300' &)
(env -i PIDS="$PIDS" sh -c 'echo $$ >> "$PIDS"; exec sleep 300' &)
sleep 300
`;
    const text = JSON.stringify({
      id: "killed",
      steps: [{ id: "long", run: { script, env: { PIDS: pids } } }],
    });
    const first = startEngine(database, "start", text);
    const runId = await first.line("run");
    const started = await pidsIn(pids, 3);
    await kill(first);
    const left = started.map(isAlive);

    const ending = await endingOf(startEngine(database, "resume", runId));
    expect([left, ending.status, ending.results, started.map(isAlive)]).toEqual([
      [true, true, true],
      "completed",
      { long: "again" },
      [false, false, false],
    ]);
  });

  test("is stopped by an engine that only cancels the run", async () => {
    const path = folder();
    const [database, pids] = [join(path, "workflow.db"), join(path, "pids")];
    const text = JSON.stringify({
      id: "cancelled",
      steps: [{ id: "long", run: { script: `echo $$ > '${pids}'; sleep 300` } }],
    });
    const first = startEngine(database, "start", text);
    const runId = await first.line("run");
    const [pid = 0] = await pidsIn(pids, 1);
    await kill(first);
    await using next = await WorkflowEngine.open({ database });
    await next.cancel(runId);
    expect([isAlive(pid), (await next.get(runId))?.status]).toEqual([false, "cancelled"]);
  });

  test("gets the secret of the engine that takes over", async () => {
    const path = folder();
    const [database, file] = [join(path, "workflow.db"), join(path, "ready")];
    const script = `[ "$AX_ATTEMPT_NUMBER" = 1 ] && { : > '${file}'; sleep 300; }; printf %s "$T" | wc -c`;
    const text = JSON.stringify({
      id: "secret",
      steps: [{ id: "a", run: { script, env: { T: "${{ secrets.TOKEN }}" } } }],
    });
    const first = startEngine(database, "start", text);
    const runId = await first.line("run");
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 20_000 });
    await kill(first);
    await using next = await WorkflowEngine.open({ database, secrets: () => "another-secret" });
    const { results } = await (await next.resume(runId)).ending;
    expect(String(results["a"]).trim()).toBe("14");
  });
});

describe("the declared files of completed steps", () => {
  const WORKFLOW = `
id: restored
steps:
  - { id: a, agentId: writer, task: x, files: [a.md] }
  - { id: b, agentId: spoiler, task: x, dependencies: [a] }
  - { id: c, run: { script: 'cat "$AX_RUN_DIR/a.md"' }, dependencies: [b] }
`;

  test("are put back before anything starts after a crash", async () => {
    const database = join(folder(), "workflow.db");
    const first = startEngine(database, "start", WORKFLOW);
    await first.line("spoiled");
    const runId = (await first.line("run")).trim();
    await kill(first);
    const ending = await endingOf(startEngine(database, "resume", runId));
    expect([ending.status, ending.results]).toEqual([
      "completed",
      { a: "written", b: "left alone", c: "good" },
    ]);
  });

  test("are put back where the directory itself is gone", async () => {
    const path = folder();
    const database = join(path, "workflow.db");
    const first = startEngine(database, "start", WORKFLOW);
    await first.line("spoiled");
    const runId = (await first.line("run")).trim();
    await kill(first);
    rmSync(join(path, "runs"), { recursive: true });
    const ending = await endingOf(startEngine(database, "resume", runId));
    expect([ending.status, ending.results["c"]]).toEqual(["completed", "good"]);
  });

  test("are not written through a link that leads outside of the directory", async () => {
    const path = folder();
    const database = join(path, "workflow.db");
    const first = startEngine(database, "start", WORKFLOW);
    await first.line("spoiled");
    const runId = (await first.line("run")).trim();
    await kill(first);
    const outside = join(path, "outside.md");
    writeFileSync(outside, "not mine");
    const inside = join(path, "runs", runId, "a.md");
    rmSync(inside);
    symlinkSync(outside, inside);
    const ending = await endingOf(startEngine(database, "resume", runId));
    expect([ending.results["c"], readFileSync(outside, "utf8")]).toEqual(["good", "not mine"]);
  });
});
