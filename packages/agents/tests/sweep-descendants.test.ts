import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { KILL_LIMIT_MS, sweepDescendants } from "@automatosx/workflow/programs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { processAgent } from "../src/process/process-agent.js";
import { testRequest } from "../src/testing/index.js";
import { failureOf } from "./support/failure.js";
import {
  eventually,
  fixture,
  isAlive,
  marked,
  pidsIn,
  sleeper,
  temporaryFolder,
} from "./support/processes.js";

const cancelled = new Error("cancelled");

/** A request that resolves a promise once the program has printed `ready`. */
function awaitedRequest(): ReturnType<typeof testRequest> & { readonly isReady: () => boolean } {
  const made = testRequest();
  return { ...made, isReady: () => made.logged.some(({ text }) => text.includes("ready")) };
}

describe("sweepDescendants", () => {
  test("sends KILL before it reports a survivor, even if this process was stopped meanwhile", async () => {
    const program = spawn(
      "/bin/sh",
      ["-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"],
      {
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    onTestFinished(() => void program.kill("SIGKILL"));
    await once(program.stdout, "data");
    let stoppedMs = 0;
    const elapsed = performance.now.bind(performance);
    const clock = vi.spyOn(performance, "now").mockImplementation(() => elapsed() + stoppedMs);
    onTestFinished(() => clock.mockRestore());
    const swept = sweepDescendants(
      { idempotencyKey: "none", groupId: program.pid ?? 0 },
      KILL_LIMIT_MS,
    );
    await delay(100);
    stoppedMs = 3 * KILL_LIMIT_MS;
    expect([await swept, isAlive(program.pid ?? 0)]).toEqual([true, false]);
  });
});

describe("abort", () => {
  test("ends a process tree that ignores TERM, inside and outside the group, before the promise settles", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const { request, controller, isReady } = awaitedRequest();
    const agent = processAgent({
      command: ["/bin/sh", fixture("family.sh")],
      env: { PIDS: pids },
      graceMs: 200,
    });
    const failure = failureOf(agent.execute(request));
    await eventually("the family is complete", isReady);
    const family = await pidsIn(pids);
    const aliveBefore = family.filter(isAlive).length;
    controller.abort(cancelled);
    expect([
      await failure,
      aliveBefore,
      family.filter(isAlive),
      marked(request.idempotencyKey),
    ]).toEqual([cancelled, 6, [], []]);
  });

  test("ends group and session members that cleared their environment", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const { request, controller, isReady } = awaitedRequest();
    // `set -m` gives each job its own group within the session; only bash does so without a
    // terminal.
    const member = `env -i PIDS="$PIDS" /bin/sh -c 'echo $$ >>"$PIDS"; exec sleep 300' &`;
    const script =
      `${member} set -m; ${member} while [ "$(cat "$PIDS" 2>/dev/null | wc -l)" -lt 2 ]; do ` +
      "sleep 0.01; done; echo ready; wait";
    const failure = failureOf(
      processAgent({ command: ["bash", "-c", script], env: { PIDS: pids } }).execute(request),
    );
    await eventually("both members are there", isReady);
    const members = await pidsIn(pids);
    controller.abort(cancelled);
    expect([await failure, members.length, members.filter(isAlive)]).toEqual([cancelled, 2, []]);
  });

  test("lets a program that handles TERM exit on its own within the grace period", async () => {
    const { request, controller, logged, isReady } = awaitedRequest();
    const script = "trap 'echo tidied up; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    const failure = failureOf(
      processAgent({ command: ["/bin/sh", "-c", script] }).execute(request),
    );
    await eventually("the program is ready", isReady);
    controller.abort(cancelled);
    const error = await failure;
    const printed = logged.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
    expect([error, printed.join("")]).toEqual([cancelled, "ready\ntidied up\n"]);
  });

  test("keeps the result of a program that had ended, although its exit was not read yet", async () => {
    const folder = await temporaryFolder();
    const { request, controller, isReady } = awaitedRequest();
    const script = `echo $$ >"${folder}/pid"; echo ready; until [ -e "${folder}/go" ]; do :; done`;
    const result = processAgent({ command: ["/bin/sh", "-c", script] }).execute(request);
    await eventually("the program is ready", isReady);
    const [program = 0] = await pidsIn(join(folder, "pid"));
    // From here to the abort, this process reads nothing.
    writeFileSync(join(folder, "go"), "");
    while (isAlive(program)) continue;
    controller.abort(cancelled);
    expect(await result).toBe("ready");
  });

  test("before the start prevents the program from running", async () => {
    const { request, controller, logged } = testRequest();
    controller.abort(cancelled);
    const failure = await failureOf(processAgent({ command: ["echo", "ran"] }).execute(request));
    expect([failure, logged]).toEqual([cancelled, []]);
  });

  test("during the launch ends the program", async () => {
    const { request, controller } = testRequest();
    const failure = failureOf(processAgent({ command: ["sleep", "300"] }).execute(request));
    controller.abort(cancelled);
    expect([await failure, marked(request.idempotencyKey)]).toEqual([cancelled, []]);
  });

  test("at a hundred random moments leaves no process", async () => {
    const requests = Array.from({ length: 100 }, (_, index) =>
      testRequest({ runId: `hundred-${process.pid}-${index}` }),
    );
    const agent = processAgent({
      command: ["/bin/sh", "-c", "sleep 300 & setsid sleep 300 & wait"],
    });
    const failures = requests.map(({ request }) => failureOf(agent.execute(request)));
    for (const [index, { controller }] of requests.entries()) {
      if (index % 10 === 0) await delay(10);
      controller.abort(cancelled);
    }
    expect([new Set(await Promise.all(failures)), marked(`hundred-${process.pid}-`)]).toEqual([
      new Set([cancelled]),
      [],
    ]);
  });

  test("ends the processes of workflows that the agent itself started", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const outer = awaitedRequest();
    const command = [
      process.execPath,
      fixture("engine.mjs"),
      import.meta.resolve("../dist/index.js"),
      "inner/step/1",
      "/bin/sh",
      fixture("family.sh"),
    ];
    const failure = failureOf(
      processAgent({ command, env: { PIDS: pids }, graceMs: 100 }).execute(outer.request),
    );
    await eventually("the inner agent's family is complete", outer.isReady);
    const family = await pidsIn(pids);
    outer.controller.abort(cancelled);
    expect([await failure, family.length, family.filter(isAlive)]).toEqual([cancelled, 6, []]);
  });
});

describe("an ordinary end", () => {
  test("keeps the result and ends processes that the program left running", async () => {
    const { request, logged } = testRequest();
    const script = "sleep 300 & setsid sleep 300 & echo done";
    const result = await processAgent({ command: ["/bin/sh", "-c", script] }).execute(request);
    expect([result, marked(request.idempotencyKey), logged.map(({ text }) => text)]).toEqual([
      "done",
      [],
      [
        "done\n",
        "[engine] The program exited and left processes running; they were ended with the " +
          "attempt.\n",
      ],
    ]);
  });

  test("logs nothing about processes when the program left none", async () => {
    const { request, logged } = testRequest();
    await processAgent({ command: ["/bin/sh", "-c", "sleep 0.01 & wait; echo done"] }).execute(
      request,
    );
    expect(logged.map(({ text }) => text)).toEqual(["done\n"]);
  });

  test("keeps a process that has left the session and the attempt's variables", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const { request, logged } = testRequest();
    const script =
      "setsid env -u AX_ATTEMPT -u AX_ATTEMPT_TOKEN sleep 300 >/dev/null 2>&1 & " +
      `echo $! >"$PIDS"; while [ "$(cat /proc/$!/comm)" != sleep ]; do sleep 0.01; done; echo done`;
    const result = await processAgent({
      command: ["/bin/sh", "-c", script],
      env: { PIDS: pids },
    }).execute(request);
    const [kept = 0] = await pidsIn(pids);
    const isKept = isAlive(kept);
    process.kill(kept, "SIGKILL");
    expect([result, isKept, logged.map(({ text }) => text)]).toEqual(["done", true, ["done\n"]]);
  });

  test("does not wait for a pipe held open by an unrelated process", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const { request } = testRequest();
    // Outside the session and without the variable, it cannot be found.
    const script =
      `setsid env -i PIDS="$PIDS" /bin/sh -c 'echo $$ >"$PIDS"; exec sleep 300' & while ! [ -s ` +
      `"$PIDS" ]; do sleep 0.01; done; echo done`;
    const startedAt = performance.now();
    const result = await processAgent({
      command: ["/bin/sh", "-c", script],
      env: { PIDS: pids },
    }).execute(request);
    const [stranger = 0] = await pidsIn(pids);
    const wasAlive = isAlive(stranger);
    process.kill(stranger, "SIGKILL");
    expect([result, wasAlive, performance.now() - startedAt < 5_000]).toEqual(["done", true, true]);
  });
});

describe("reclaim", () => {
  test("ends the orphaned processes of a killed engine, inside and outside the group", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const key = `killed-${process.pid}/step/1`;
    const engine = spawn(
      process.execPath,
      [
        fixture("engine.mjs"),
        import.meta.resolve("../dist/index.js"),
        key,
        "/bin/sh",
        fixture("family.sh"),
      ],
      { env: { ...process.env, PIDS: pids }, stdio: ["ignore", "pipe", "inherit"] },
    );
    const exited = once(engine, "exit");
    await once(engine.stdout, "data");
    engine.kill("SIGKILL");
    await exited;
    const family = await pidsIn(pids);
    const leftBehind = family.filter(isAlive).length;
    const reclaim = (tokens?: readonly string[]): Promise<void> | undefined =>
      processAgent({ command: ["true"], graceMs: 200 }).reclaim?.(key, [], tokens);
    // No token: nothing of this attempt was started from this database. An undefined list: the
    // attempt of an engine that set no token.
    for (const tokens of [[], [`${key}@copy`], undefined]) await reclaim(tokens);
    const spared = family.filter(isAlive).length;
    await reclaim([`${key}@copy`, `${key}@killed`]);
    expect([leftBehind, spared, family.filter(isAlive), marked(key)]).toEqual([6, 6, [], []]);
  });

  test("ends the processes of an attempt of version 0.1.0, which have no token", async () => {
    const key = `old-${process.pid}/step/1`;
    const old = spawn("sleep", ["300"], { env: { PATH: process.env["PATH"], AX_ATTEMPT: key } });
    const inner = spawn("sleep", ["300"], {
      env: { PATH: process.env["PATH"], AX_ATTEMPT: "inner", AX_OUTER_ATTEMPTS: `outer ${key}` },
    });
    const exits = [once(old, "exit"), once(inner, "exit")];
    await processAgent({ command: ["true"], graceMs: 200 }).reclaim?.(key, []);
    expect((await Promise.all(exits)).map(([, signal]) => signal as string)).toEqual([
      "SIGTERM",
      "SIGTERM",
    ]);
  });

  test("spares processes of other attempts, even if their keys share a prefix", async () => {
    const key = `spare-${process.pid}/step/1`;
    const { request, controller, isReady } = awaitedRequest();
    const running = { ...request, idempotencyKey: `${key}1` };
    const failure = failureOf(processAgent({ command: sleeper }).execute(running));
    await eventually("the other attempt runs", isReady);
    await processAgent({ command: ["true"] }).reclaim?.(key, [], [`${key}@killed`]);
    const spared = marked(`${key}1`).length;
    controller.abort(cancelled);
    expect([spared, await failure]).toEqual([1, cancelled]);
  });

  test("spares the calling process and its ancestors", async () => {
    const key = `self-${process.pid}/step/1`;
    const script =
      "await (await " +
      `import(${JSON.stringify(import.meta.resolve("../dist/index.js"))})).sweepDescendants({ ` +
      `idempotencyKey: ${JSON.stringify(key)} }, 100); console.log("still here");`;
    const shell = spawn(
      "/bin/sh",
      [
        "-c",
        '"$0" --input-type=module -e "$1"; echo and so is its parent',
        process.execPath,
        script,
      ],
      {
        env: { ...process.env, AX_ATTEMPT: key },
      },
    );
    onTestFinished(() => void shell.kill("SIGKILL"));
    const chunks: string[] = [];
    shell.stdout.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
    await once(shell, "close");
    expect(chunks.join("")).toBe("still here\nand so is its parent\n");
  });

  test("ends nothing if no process has the key", async () => {
    const bystander = spawn("sleep", ["300"]);
    onTestFinished(() => void bystander.kill("SIGKILL"));
    await sweepDescendants({ idempotencyKey: "" }, 0);
    expect(isAlive(bystander.pid ?? 0)).toBe(true);
  });
});
