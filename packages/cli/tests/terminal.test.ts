import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { betweenPresses, CHAIN, Folder, ndjson, type Running, workflow } from "./harness/axw.js";
import { screenOf } from "./harness/screen.js";

/** Settles once the only run in the folder has this status. */
async function untilStatus(folder: Folder, status: string): Promise<void> {
  for (;;) {
    const [run] = ndjson((await folder.here(["list", "--json"])).stdout);
    if (run?.["status"] === status) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function pressTwice(_: Folder, _pid: number, run: Running): Promise<void> {
  run.child.stdin.write("\u0003");
  await run.until(/Pausing/);
  await betweenPresses();
  run.child.stdin.write("\u0003");
}

describe("a reader that closes the pipe", () => {
  test("does not end the run", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(/^started +two/m);
    run.child.stdout.destroy();
    folder.write("go");
    const { code } = await run.ended;
    const [{ status } = { status: "none" }] = ndjson((await folder.axw(["list", "--json"])).stdout);
    expect({ code, status, launches: folder.launches() }).toEqual({
      code: 0,
      status: "completed",
      launches: ["one", "two", "three"],
    });
  });
});

// On other systems, `script` takes different flags.
const noTerminal = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes(
  "util-linux",
)
  ? undefined
  : "needs `script` of util-linux";

describe.skipIf(noTerminal !== undefined)(
  `on a terminal${noTerminal === undefined ? "" : ` (${noTerminal})`}`,
  () => {
    const WIDE = workflow(
      Array.from(
        { length: 20 },
        (_, i) => `  - {id: step-${i}, agentId: slow, task: t${i}}\n`,
      ).join(""),
    );

    test.each([
      ["the live view", "exec axw run flow.yaml"],
      ["lines", "exec axw run flow.yaml --ui lines"],
      ["an output that goes to a pipe", "axw run flow.yaml | cat > out"],
      ["outputs that go to a file", "exec axw run flow.yaml > out 2>&1"],
    ])("closing it stops the agents and pauses the run, with %s", async (_, command) => {
      const folder = new Folder({ "flow.yaml": CHAIN });
      const run = folder.inTerminal(command);
      await folder.untilLaunched(2);
      run.child.kill("SIGKILL");
      await run.ended;
      await untilStatus(folder, "paused");
      expect(folder.launches()).toEqual(["one", "two"]);
    });

    test("closing it does not affect a run that was started with nohup", async () => {
      const folder = new Folder({ "flow.yaml": CHAIN });
      const run = folder.inTerminal("nohup axw run flow.yaml > out 2>&1 & cat");
      await folder.untilLaunched(2);
      run.child.kill("SIGKILL");
      await run.ended;
      folder.write("go");
      await untilStatus(folder, "completed");
      expect(folder.launches()).toEqual(["one", "two", "three"]);
    });

    test("steps in flight stay in a bounded region, and nothing of it is left at the end", async () => {
      const folder = new Folder({ "flow.yaml": WIDE });
      const size = { columns: 60, rows: 10 };
      const run = folder.onTerminal(["run", "flow.yaml", "--concurrency", "20"], size);
      await run.until(/more in flight/);
      folder.write("go");
      const { code, stdout } = await run.ended;
      // oxlint-disable-next-line no-control-regex -- the cursor movements to find
      const ups = [...stdout.matchAll(/\u001b\[(\d+)A/g)].map(([, n]) => Number(n));
      const { rows } = await screenOf([size, stdout]);
      const end = rows.findIndex((row) => row.startsWith("STEP"));
      expect({
        code,
        highest: Math.max(...ups) <= 7,
        completed: rows.slice(1, end).filter((row) => /^✔ completed {3}step-\d+ /.test(row)).length,
        others: rows.slice(1, end).filter((row) => !row.startsWith("✔ completed")),
      }).toEqual({ code: 0, highest: true, completed: 20, others: [] });
    });

    test.each([
      ["the end", async () => undefined],
      ["two Ctrl-C", pressTwice],
      ["SIGTERM", async (_: Folder, pid: number) => void process.kill(pid, "SIGTERM")],
      ["SIGHUP", async (_: Folder, pid: number) => void process.kill(pid, "SIGHUP")],
      ["SIGQUIT", async (_: Folder, pid: number) => void process.kill(pid, "SIGQUIT")],
      ["kill -9", async (_: Folder, pid: number) => void process.kill(pid, "SIGKILL")],
    ] as const)("no mode of the terminal is changed until %s", async (_, end) => {
      const folder = new Folder({ "flow.yaml": CHAIN });
      const run = folder.onTerminal(["run", "flow.yaml"], { columns: 80, rows: 24 });
      await run.until(/running.* two /);
      const [row = {}] = ndjson((await folder.here(["list", "--json"])).stdout);
      await end(folder, (row["owner"] as { pid: number }).pid, run);
      folder.write("go");
      const { stdout } = await run.ended;
      // oxlint-disable-next-line no-control-regex -- escapes that set or reset a mode
      expect(stdout.match(/\u001b(\[[?>=][0-9;]*[a-zA-Z]|[=>78c])/g)).toBeNull();
    });
  },
);
