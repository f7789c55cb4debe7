import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { betweenPresses, CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";

/** Settles once the only run in the folder has this status. */
async function untilStatus(folder: Folder, status: string): Promise<void> {
  for (;;) {
    const [run] = ndjson((await folder.here(["list", "--json"])).stdout);
    if (run?.["status"] === status) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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

    test("steps in flight stay in a bounded region with finished ones above, and the cursor is shown again", async () => {
      const folder = new Folder({ "flow.yaml": WIDE });
      const run = folder.onTerminal(["run", "flow.yaml", "--concurrency", "20"], {
        columns: 60,
        rows: 10,
      });
      await run.until(/more in flight/);
      folder.write("go");
      const { code, stdout } = await run.ended;
      // oxlint-disable-next-line no-control-regex -- the cursor movements to find
      const ups = [...stdout.matchAll(/\u001b\[(\d+)A/g)].map(([, n]) => Number(n));
      expect({
        code,
        highest: Math.max(...ups) <= 7,
        cursor: [
          stdout.lastIndexOf("\u001b[?25h") > stdout.lastIndexOf("\u001b[?25l"),
          stdout.includes("\u001b[?1049h"),
        ],
      }).toEqual({
        code: 0,
        highest: true,
        cursor: [true, false],
      });
      const appended =
        stdout.slice(0, stdout.lastIndexOf("\u001b[?25h")).match(/✔ completed/g) ?? [];
      expect(appended.length).toBe(20);
    });

    test("Ctrl-C shows the cursor again", async () => {
      const folder = new Folder({ "flow.yaml": CHAIN });
      const run = folder.onTerminal(["run", "flow.yaml"], { columns: 80, rows: 24 });
      await run.until(/◐ running/);
      run.child.stdin.write("\u0003");
      await run.until(/Pausing/);
      await betweenPresses();
      run.child.stdin.write("\u0003");
      const { code, stdout } = await run.ended;
      expect({
        code,
        cursor: stdout.lastIndexOf("\u001b[?25h") > stdout.lastIndexOf("\u001b[?25l"),
      }).toEqual({ code: 130, cursor: true });
    });
  },
);
