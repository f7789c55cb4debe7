import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStorage, WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { BIN, CHAIN, Folder } from "./harness/axw.js";

/** Owners of a run, and what every verb says of each. */
const ELSEWHERE = { ownerId: "x", host: "far", machine: "far/boot", pid: 7, processStart: "s" };

/** A folder with a running run `job` that an engine on another machine owns. */
async function ownedElsewhere(leaseUntil: number): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": CHAIN });
  mkdirSync(join(folder.path, ".ax"));
  const database = join(folder.path, ".ax", "workflow.db");
  const engine = await WorkflowEngine.open({
    database,
    agents: { a: ({ signal }) => untilAborted(signal) },
  });
  const run = await engine.start(
    { id: "flow", steps: [{ id: "s", agentId: "a", task: "t" }] },
    { runId: "job" },
  );
  run.ending.catch(() => undefined);
  await engine.close();
  own(folder, leaseUntil);
  return folder;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  });
}

function own(folder: Folder, leaseUntil: number): void {
  const storage = openSqliteStorage({ path: join(folder.path, ".ax", "workflow.db") });
  storage.acquireLease({
    runId: "job",
    owner: ELSEWHERE,
    now: Date.now(),
    leaseUntil,
    isDead: () => true,
  });
  storage.close();
}

const VALID = Date.now() + 3_600_000;
const EXPIRED = 1;

describe("a run on another machine", () => {
  test.each([
    ["list", ["list"], /process 7 on far$/m, /no process works on it: axw resume job$/m],
    [
      "show",
      ["show", "job"],
      /\(on another machine or in another container\)$/m,
      /\(it no longer renews its lease\)$/m,
    ],
    [
      "show --json",
      ["show", "job", "--json"],
      /"ownerState":"elsewhere"/,
      /"ownerState":"expired"/,
    ],
    ["doctor", ["doctor"], /ok +runs/, /run job +no process works on it: process 7 on far no/],
  ])("has a valid or an expired lease according to %s", async (_name, args, valid, expired) => {
    const [held, free] = [await ownedElsewhere(VALID), await ownedElsewhere(EXPIRED)];
    expect((await held.here(args)).stdout).toMatch(valid);
    expect((await free.here(args)).stdout).toMatch(expired);
    expect((await held.here(args)).stdout).not.toMatch(expired);
  });

  test.each([
    ["show", ["show", "job"], "axw watch job", "axw resume job"],
    ["checkpoint list", ["checkpoint", "list", "job"], "axw watch job", "axw resume job"],
  ])("is followed or resumed next after %s", async (_name, args, held, free) => {
    const next = async (leaseUntil: number): Promise<string | undefined> =>
      /^next +(.*)$/m.exec((await (await ownedElsewhere(leaseUntil)).here(args)).stderr)?.[1];
    expect([await next(VALID), await next(EXPIRED)]).toEqual([held, free]);
  });

  test("refuses gc --vacuum until its lease has expired", async () => {
    const [held, free] = [await ownedElsewhere(VALID), await ownedElsewhere(EXPIRED)];
    expect([
      (await held.here(["gc", "--vacuum"])).code,
      (await free.here(["gc", "--vacuum"])).code,
    ]).toEqual([6, 0]);
  });

  test.each([["events"], ["logs"]])("ends %s --follow when its lease expires", async (verb) => {
    const folder = await ownedElsewhere(VALID);
    const followed = folder.start([verb, "job", "--follow"]);
    const isFollowing = verb === "events" ? followed.until(/started/) : Promise.resolve();
    await isFollowing;
    expect(followed.child.exitCode).toBe(null);
    own(folder, EXPIRED);
    expect((await followed.ended).code).toBe(0);
  });

  test.each([
    ["resume", ["resume", "job"]],
    ["pause", ["pause", "job"]],
    ["checkpoint", ["checkpoint", "job"]],
    ["cancel", ["cancel", "job"]],
  ])("makes %s wait in case its owner continues, and say so", async (_name, args) => {
    const folder = await ownedElsewhere(EXPIRED);
    const agents = args[0] === "resume" ? ["--agents", "simulated"] : [];
    const waiting = folder.start([...args, ...agents]);
    await waiting.until(
      /^Run job belongs to process 7 on far, which no longer renews its lease\. Waiting 20 s/m,
    );
    waiting.child.kill("SIGINT");
    const { stderr } = await waiting.ended;
    if (args[0] === "resume") expect(stderr).toMatch(/^Stopped waiting: nothing was started\.$/m);
    const storage = openSqliteStorage({ path: join(folder.path, ".ax", "workflow.db") });
    expect(storage.getRun("job")?.owner).toEqual(ELSEWHERE);
    storage.close();
  });
});

const unshare = (...flags: string[]): boolean =>
  spawnSync("unshare", [...flags, "true"]).status === 0;

// Creating a namespace needs Linux and, in most systems, root.
describe.skipIf(!unshare("--pid", "--fork", "--mount-proc"))("in another pid namespace", () => {
  const inside = (folder: Folder, flags: readonly string[], ...args: string[]) =>
    spawnSync("unshare", ["--pid", "--fork", ...flags, process.execPath, BIN, ...args], {
      cwd: folder.path,
      encoding: "utf8",
    });

  test("a living owner is not taken for dead", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--run-id", "job"]);
    await run.until(/^started +two/m);
    const resumed = inside(folder, ["--mount-proc"], "resume", "job");
    const listed = inside(folder, ["--mount-proc"], "list");
    folder.write("go");
    expect([resumed.status, listed.stdout.includes(`process ${run.child.pid} on `)]).toEqual([
      6,
      true,
    ]);
    expect([(await run.ended).code, folder.launches()]).toEqual([0, ["one", "two", "three"]]);
  });

  test("without its own /proc, a run completes and its process is not taken for dead", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    folder.write("go");
    const ran = inside(folder, [], "run", "flow.yaml", "--run-id", "job");
    expect([ran.status, folder.launches()]).toEqual([0, ["one", "two", "three"]]);
  });
});

describe.skipIf(!unshare("--uts"))("under another host name", () => {
  test("a run whose process was killed is free at once", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--run-id", "job"]);
    await run.until(/^started +two/m);
    run.child.kill("SIGKILL");
    await run.ended;
    folder.write("go");
    const script = 'hostname renamed && exec "$0" "$@"';
    const renamed = (...args: string[]) =>
      spawnSync("unshare", ["--uts", "sh", "-c", script, process.execPath, BIN, ...args], {
        cwd: folder.path,
        encoding: "utf8",
      });
    const listed = renamed("list");
    expect([
      listed.stdout.includes("no process works on it"),
      renamed("resume", "job").status,
    ]).toEqual([true, 0]);
  });
});
