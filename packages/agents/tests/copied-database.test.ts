import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  LEASE_GRACE_MS,
  openSqliteStorage,
  systemPorts,
  WorkflowEngine,
} from "@automatosx/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { processAgent } from "../src/process/process-agent.js";
import { eventually, fixture, isAlive, pidsIn, temporaryFolder } from "./support/processes.js";

const definition = { id: "copied", steps: [{ id: "s", agentId: "program", task: "go" }] };

/** A clock on which an expired lease is watched for 5 ms instead of 20 seconds. */
const impatient = {
  ...systemPorts.clock,
  setTimer: (delayMs: number, action: () => void) =>
    systemPorts.clock.setTimer(delayMs === LEASE_GRACE_MS ? 5 : delayMs, action),
};

/** A program that writes its process id to `pids`, and prints `answer` once `go` exists. */
function programWaitingFor(go: string, pids: string, answer: string): string[] {
  const script = `echo $$ >>"${pids}"; while ! [ -e "${go}" ]; do sleep 0.02; done; echo ${answer}`;
  return ["/bin/sh", "-c", script];
}

async function openWith(database: string, command: readonly string[]): Promise<WorkflowEngine> {
  const engine = await WorkflowEngine.open({
    database,
    agents: { program: processAgent({ command, graceMs: 100 }) },
    ports: { clock: impatient },
  });
  onTestFinished(() => engine.close());
  return engine;
}

function copyDatabase(from: string, to: string): void {
  for (const suffix of ["", "-wal"])
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
}

async function startedPid(pids: string): Promise<number> {
  await eventually("the program has started", async () => (await pidsIn(pids)).length > 0);
  return (await pidsIn(pids))[0] ?? 0;
}

describe("two engines on copies of one database", () => {
  test("finish the same attempt of a copy made at rest without ending each other's agents", async () => {
    const folder = await temporaryFolder();
    const at = (name: string): string => join(folder, name);
    const failing = await openWith(at("a.db"), ["/bin/false"]);
    const { id } = await failing.start(definition);
    await failing.waitForCompletion(id);
    await failing.close();
    copyDatabase(at("a.db"), at("b.db"));

    const original = await openWith(at("a.db"), programWaitingFor(at("go"), at("pids"), "slow"));
    const slow = await original.resume(id);
    const program = await startedPid(at("pids"));
    const copy = await openWith(at("b.db"), ["echo", "quick"]);
    const quick = await (await copy.resume(id)).ending;
    const survives = isAlive(program);
    writeFileSync(at("go"), "");
    expect([quick.results, survives, (await slow.ending).results]).toEqual([
      { s: "quick" },
      true,
      { s: "slow" },
    ]);
  });

  test.each(["resume", "cancel"] as const)(
    "do not end each other's agents when the copy was made in flight, by %s",
    async (verb) => {
      const folder = await temporaryFolder();
      const at = (name: string): string => join(folder, name);
      const original = await openWith(at("a.db"), programWaitingFor(at("go"), at("pids"), "one"));
      const run = await original.start(definition);
      const program = await startedPid(at("pids"));
      await eventually(
        "the program is recorded",
        () => original.storage.agentProcesses(run.id).length > 0,
      );
      copyDatabase(at("a.db"), at("b.db"));
      // The owner never renews the lease in the copy.
      const copied = openSqliteStorage({ path: at("b.db") });
      copied.renewLeases(copied.getRun(run.id)?.owner?.ownerId ?? "", [run.id], 1);
      copied.close();

      const copy = await openWith(at("b.db"), ["echo", "other"]);
      if (verb === "resume") await (await copy.resume(run.id)).ending;
      else await copy.cancel(run.id);
      const survives = isAlive(program);
      writeFileSync(at("go"), "");
      expect([copy.storage.getRun(run.id)?.status, survives, (await run.ending).results]).toEqual([
        verb === "resume" ? "completed" : "cancelled",
        true,
        { s: "one" },
      ]);
    },
  );
});

describe("the agents of a killed engine", () => {
  /** A run in flight whose engine was killed; its program is alive. */
  async function orphan(): Promise<{ database: string; runId: string; program: number }> {
    const folder = await temporaryFolder();
    const [database, pids] = [join(folder, "a.db"), join(folder, "pids")];
    const modules = [
      import.meta.resolve("../dist/index.js"),
      import.meta.resolve("@automatosx/workflow"),
    ];
    const command = ["/bin/sh", "-c", `echo $$ >>"${pids}"; exec sleep 300`];
    const engine: ChildProcess = spawn(
      process.execPath,
      [fixture("killed-engine.mjs"), ...modules, database, ...command],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    onTestFinished(() => void engine.kill("SIGKILL"));
    const [line] = (await once(engine.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const program = await startedPid(pids);
    onTestFinished(() => {
      if (isAlive(program)) process.kill(program, "SIGKILL");
    });
    const storage = openSqliteStorage({ path: database });
    const runId = line.toString().trim();
    await eventually("the program is recorded", () => storage.agentProcesses(runId).length > 0);
    storage.close();
    engine.kill("SIGKILL");
    await once(engine, "exit");
    return { database, runId, program };
  }

  async function resumeIn(database: string, runId: string): Promise<string> {
    const engine = await openWith(database, ["echo", "again"]);
    const { status } = await (await engine.resume(runId)).ending;
    await engine.close();
    return status;
  }

  test("are spared by a copy, and ended by the original", async () => {
    const { database, runId, program } = await orphan();
    const copy = `${database}.copy`;
    copyDatabase(database, copy);
    const ofCopy = [await resumeIn(copy, runId), isAlive(program)];
    const ofOriginal = [await resumeIn(database, runId), isAlive(program)];
    expect([ofCopy, ofOriginal]).toEqual([
      ["completed", true],
      ["completed", false],
    ]);
  });

  test("are ended after the database was moved", async () => {
    const { database, runId, program } = await orphan();
    for (const suffix of ["", "-wal", "-shm"])
      if (existsSync(database + suffix))
        renameSync(database + suffix, `${database}.moved${suffix}`);
    expect([await resumeIn(`${database}.moved`, runId), isAlive(program)]).toEqual([
      "completed",
      false,
    ]);
  });
});
