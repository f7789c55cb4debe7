import { describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { betweenPresses, CHAIN, Folder, ndjson, runIdIn, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";
import { screenOf } from "./harness/screen.js";

const TERMINAL = { columns: 50, rows: 8 };

describe("progress on a terminal", () => {
  test("shows steps in flight with their retries, cuts long names, and keeps finished steps above", async () => {
    const long = "a-very-long-name-of-a-step-that-does-not-fit-into-fifty-cells";
    const steps = `  - {id: ${long}, agentId: slow, task: t}
  - {id: again, agentId: bad, task: t, retries: 1, retry: {backoff: 300ms, jitter: none}, continueOnError: true}
`;
    const folder = new Folder({ "flow.yaml": workflow(steps) });
    const io = new FakeIo({ cwd: folder.path, terminal: TERMINAL });
    const code = main(["run", "flow.yaml"], io);
    await io.out.until(/[◐◓◑◒] running {5}a-very-long-.*… {2}[\d.]+m?s {2}slow/);
    await io.out.until(/… waiting {5}again {2,}retries in/);
    folder.write("go");
    expect(await code).toBe(0);
    expect(io.out.plain).toMatch(/✖ failed {6}again {2}attempt 2/);
    expect(io.out.plain).toMatch(
      /1 of 2 completed · 1 running|0 of 2 completed · 1 running · 1 waiting/,
    );
  });

  test("cuts a result to fit the row but keeps its simulated mark; a pipe gets a longer result", async () => {
    const folder = new Folder({
      "flow.yaml":
        "name: wide\nsteps: [{id: one, agentId: writer, task: a task of some words that are " +
        "many}]\n",
    });
    const args = ["run", "flow.yaml", "--agents", "simulated"];
    const piped = await folder.here(args);
    expect(/^completed {3}one .*$/m.exec(piped.stdout)?.[0].length).toBeGreaterThan(70);
    for (const ui of ["live", "lines"]) {
      const io = new FakeIo({ cwd: folder.path, terminal: { columns: 60, rows: 24 } });
      await main([...args, "--ui", ui], io);
      const [line = ""] = /^.*completed +one {2}attempt.*$/m.exec(io.out.plain) ?? [];
      expect({ ui, line, fits: line.replace(/^.*\r/, "").length < 60 }).toEqual({
        ui,
        line: expect.stringMatching(/…  \(simulated\)$/),
        fits: true,
      });
    }
    const io = new FakeIo({ cwd: folder.path, terminal: { columns: 72, rows: 24 } });
    const id = runIdIn(piped.stdout);
    await main(["events", id], io);
    expect(io.out.plain.split("\n").filter((line) => line.length >= 72)).toEqual([]);
  });

  test.each([40, 80, 120])("prints no line that %i columns would break", async (columns) => {
    const steps = `  - {id: compile-the-application, agentId: sh, task: ${"many words ".repeat(20)}}
  - {id: fails, agentId: bad, task: t, continueOnError: true}
  - {id: waits, agentId: sh, task: t, dependencies: [fails]}
`;
    const folder = new Folder({ "flow.yaml": workflow(steps) });
    const io = new FakeIo({ cwd: folder.path, terminal: { columns, rows: 24 } });
    expect(await main(["run", "flow.yaml"], io)).toBe(0);
    const watched = new FakeIo({ cwd: folder.path, terminal: { columns, rows: 24 } });
    expect(await main(["watch", "@last"], watched)).toBe(0);
    const { rows } = await screenOf([{ columns: 500, rows: 100 }, io.out.text, watched.out.text]);
    expect(rows.filter((row) => row.length > columns)).toEqual([]);
    expect(rows).toContainEqual(
      expect.stringMatching(columns < 60 ? /^STEP +STATUS +TIME/ : /^STEP +STATUS +ATTEMPTS/),
    );
  });

  test("never draws more rows than the terminal has, even after it has shrunk", async () => {
    const steps = Array.from(
      { length: 12 },
      (_, i) => `  - {id: s${i}, agentId: slow, task: t}\n`,
    ).join("");
    const folder = new Folder({ "flow.yaml": workflow(steps) });
    const io = new FakeIo({ cwd: folder.path, terminal: TERMINAL });
    const code = main(["run", "flow.yaml", "--concurrency", "12"], io);
    await io.out.until(/and 8 more in flight/);
    io.out.resize(40, 5);
    await io.out.until(/and 11 more in flight/);
    folder.write("go");
    expect(await code).toBe(0);
  });

  test("falls back to plain lines on a dumb terminal, in CI and with --ui lines", async () => {
    const folder = new Folder({ "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n") });
    const seen = [];
    for (const [env, args] of [
      [{ TERM: "dumb" }, []],
      [{ CI: "1" }, []],
      [{}, ["--ui", "lines"]],
      [{}, ["--ui", "live"]],
    ] as const) {
      const io = new FakeIo({ cwd: folder.path, terminal: TERMINAL, env });
      await main(["run", "flow.yaml", ...args], io);
      seen.push(/^started/m.test(io.out.plain));
    }
    expect(seen).toEqual([true, true, true, false]);
  });
});

describe("signals", () => {
  test("exit immediately with code 130 on the third Ctrl-C", async () => {
    const deaf = `name: sample
agents: {deaf: {command: [sh, -c, 'trap "" TERM; while [ -e flow.yaml ]; do sleep 0.02; done'], grace: 400ms}}
steps: [{id: one, agentId: deaf, task: one}]
`;
    const folder = new Folder({ "flow.yaml": deaf });
    const io = new FakeIo({ cwd: folder.path, terminal: { columns: 80, rows: 24 } });
    const code = main(["run", "flow.yaml"], io);
    await io.out.until(/[◐◓◑◒] running/);
    for (let press = 1; press <= 3; press += 1) {
      io.send("SIGINT");
      io.send("SIGINT");
      if (press < 3) await betweenPresses();
    }
    expect(io.out.plain).toMatch(
      /Exited at once: agents may still be running\. `axw resume [0-9a-f]{6}` stops them\./,
    );
    expect(io.exitedWith).toBe(130);
    expect(await code).toBe(130);
  });

  test("stop the agents when the terminal is closed, and the run can be resumed", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const io = new FakeIo({ cwd: folder.path });
    const code = main(["run", "flow.yaml"], io);
    await io.out.until(/^started +two/m);
    io.out.destroy(new Error("EIO"));
    io.send("SIGHUP");
    expect(await code).toBe(130);
    const list = await folder.here(["list", "--json"]);
    expect(ndjson(list.stdout)).toMatchObject([{ status: "paused" }]);
  });
});
