import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually, fixture, isAlive, pidsIn, temporaryFolder } from "./support/processes.js";

/** The timeout of the steps, in ms: long enough for a slow machine to reach the stop before it. */
const TIMEOUT_MS = 2_000;

/** The engine stays stopped until the timeout has passed since the stop, and thus since the start. */
const STOPPED_MS = TIMEOUT_MS + 200;

interface Step {
  readonly agentId: string;
  readonly timeout?: number;
}

interface StoppedEngine {
  readonly engine: ChildProcess;
  readonly database: string;
  /** The next line that the engine prints. */
  readonly line: () => Promise<string>;
  /** Waits until the program of this step has its task, and returns its process id. */
  readonly working: (stepId: string) => Promise<number>;
  /** Lets the program of this step end, and waits until it has. */
  readonly finish: (stepId: string) => Promise<void>;
}

/**
 * An engine in a process of its own. The program of a step works until the test lets it end; then
 * it prints its step's id.
 */
async function start(
  steps: Readonly<Record<string, Step>>,
  options: Readonly<Record<string, object>> = {},
): Promise<StoppedEngine> {
  const folder = await temporaryFolder();
  const database = join(folder, "workflow.db");
  const script =
    `read step; echo $$ >"${folder}/$step.new"; mv "${folder}/$step.new" "${folder}/$step.pid"; ` +
    `until [ -e "${folder}/$step.go" ]; do sleep 0.01; done; echo "$step"`;
  const command = ["/bin/sh", "-c", script];
  const programs = Object.fromEntries(
    Object.keys(steps).map((id) => [id, { command, ...options[id] }]),
  );
  const defined = Object.entries(steps).map(([id, step]) => ({ id, task: `${id}\n`, ...step }));
  const modules = [
    import.meta.resolve("../dist/index.js"),
    import.meta.resolve("@automatosx/workflow"),
  ];
  const given = JSON.stringify({ database, steps: defined, programs });
  const engine = spawn(process.execPath, [fixture("stopped-engine.mjs"), ...modules, given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void engine.kill("SIGKILL"));
  const lines = createInterface({ input: engine.stdout })[Symbol.asyncIterator]();
  const pidOf = async (id: string): Promise<number> =>
    (await pidsIn(join(folder, `${id}.pid`)).catch(() => []))[0] ?? 0;
  return {
    engine,
    database,
    line: async () => (await lines.next()).value ?? "",
    async working(id) {
      await eventually(`${id} works`, () => existsSync(join(folder, `${id}.pid`)));
      return pidOf(id);
    },
    async finish(id) {
      const pid = await pidOf(id);
      writeFileSync(join(folder, `${id}.go`), "");
      await eventually(`${id} has ended`, () => !isAlive(pid));
    },
  };
}

/** Stops the engine until the timeout of its steps has passed. */
async function stopPastTimeout(
  { engine }: StoppedEngine,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  engine.kill("SIGSTOP");
  await meanwhile();
  await delay(STOPPED_MS);
  engine.kill("SIGCONT");
}

describe("an engine that was stopped until after a timeout", () => {
  test("records the result of a program that ended meanwhile", async () => {
    const stopped = await start({ s: { agentId: "s", timeout: TIMEOUT_MS } });
    await stopped.working("s");
    await stopPastTimeout(stopped, () => stopped.finish("s"));
    expect(JSON.parse(await stopped.line())).toMatchObject({
      status: "completed",
      results: { s: "s" },
    });
  });

  test("records the result of such a program also if the agent has a timeout of its own", async () => {
    const stopped = await start({ s: { agentId: "s" } }, { s: { timeoutMs: TIMEOUT_MS } });
    await stopped.working("s");
    await stopPastTimeout(stopped, () => stopped.finish("s"));
    expect(JSON.parse(await stopped.line())).toMatchObject({
      status: "completed",
      results: { s: "s" },
    });
  });

  test("ends a program that still works", async () => {
    const stopped = await start({ s: { agentId: "s", timeout: TIMEOUT_MS } });
    const program = await stopped.working("s");
    await stopPastTimeout(stopped);
    expect(JSON.parse(await stopped.line())).toMatchObject({
      status: "failed",
      error: `step \`s\` failed: timed out after ${TIMEOUT_MS} ms`,
    });
    expect(isAlive(program)).toBe(false);
  });

  test("lets a function work for the rest of its time", async () => {
    const stopped = await start({ s: { agentId: "function", timeout: TIMEOUT_MS } });
    expect(await stopped.line()).toBe("working");
    await stopPastTimeout(stopped);
    expect(JSON.parse(await stopped.line())).toMatchObject({
      status: "completed",
      results: { s: "done" },
    });
  });
});

describe("an engine that waited for the database until after a timeout", () => {
  test("records the result of a program that ended meanwhile", async () => {
    const waiting = await start({
      first: { agentId: "first" },
      s: { agentId: "s", timeout: TIMEOUT_MS },
    });
    await Promise.all([waiting.working("first"), waiting.working("s")]);
    const Database = createRequire(import.meta.resolve("@automatosx/workflow"))(
      "better-sqlite3",
    ) as new (
      path: string,
    ) => { exec(sql: string): void; close(): void };
    const other = new Database(waiting.database);
    other.exec("BEGIN IMMEDIATE");
    // The engine waits for the lock from when it has this result.
    await waiting.finish("first");
    await delay(100);
    await waiting.finish("s");
    await delay(STOPPED_MS);
    other.exec("COMMIT");
    other.close();
    expect(JSON.parse(await waiting.line())).toMatchObject({
      status: "completed",
      results: { first: "first", s: "s" },
    });
    await once(waiting.engine, "exit");
  });
});
