import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ScriptedRun } from "../harness/ScriptedRun.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const STEPS = [
  { id: "build" },
  { id: "lint", continueOnError: true },
  { id: "test", dependencies: ["build"] },
  { id: "publish", dependencies: ["test", "lint"] },
];
const ERROR =
  "program `npm` exited with code 1: Error: the certificate of the mirror could not be verified";

/** A run of N independent steps, `s1` and so on, of which two may run at a time. */
function manySteps(count: number, size: { columns: number; rows: number }): ScriptedRun {
  const steps = Array.from({ length: count }, (_, index) => ({ id: `s${index + 1}` }));
  return new ScriptedRun({ steps, concurrency: 2, ...size });
}

describe("the live view", () => {
  test.each([
    [
      40,
      [
        "✖ failed      lint  attempt 1  2.3s",
        "    program `npm` exited with code 1:",
        "    Error: the certificate of the",
        "    mirror could not be verified",
        "◐ build    2s  worker",
        "  └ compiling 模块 🙂 of the applicati…",
        "· test     waits for build",
        "· publish  waits for test",
        "0 of 4 completed · 1 running · 1 failed",
        "2s",
      ],
    ],
    [
      80,
      [
        "✖ failed      lint  attempt 1  2.3s  program `npm` exited with code 1: Error:",
        "              the certificate of the mirror could not be verified",
        "◐ running     build    2s  worker",
        "              └ compiling 模块 🙂 of the application with all of its dependenc…",
        "· pending     test     waits for build",
        "· pending     publish  waits for test",
        "0 of 4 completed · 1 running · 1 failed · 2s",
      ],
    ],
    [
      120,
      [
        "✖ failed      lint  attempt 1  2.3s  program `npm` exited with code 1: Error: the " +
          "certificate of the mirror could not",
        "              be verified",
        "◐ running     build    2s  worker",
        "              └ compiling 模块 🙂 of the application with all of its dependencies, and " +
          "their dependencies as well",
        "· pending     test     waits for build",
        "· pending     publish  waits for test",
        "0 of 4 completed · 1 running · 1 failed · 2s",
      ],
    ],
  ])("uses the width of %i columns, and breaks lines between words", async (columns, expected) => {
    const line =
      "compiling 模块 🙂 of the application with all of its dependencies, and their " +
      "dependencies as well";
    const live = new ScriptedRun({ steps: STEPS, columns, output: { build: `${line}\n` } });
    live.start("build", "lint");
    live.wait(2_300);
    live.fail("lint", ERROR);
    expect(await live.rows()).toEqual(expected);
  });

  test.each([
    [60, 76],
    [120, 136],
  ])("shows as much of a result as %i columns hold", async (columns) => {
    const live = new ScriptedRun({ steps: STEPS, columns });
    live.start("build", "lint");
    live.complete("build", `\u001b[32m${"x".repeat(200)}\u001b[0m`);
    const [line = ""] = await live.rows();
    expect(line).toMatch(/^✔ completed {3}build {2}attempt 1 {2}0ms {2}"x+…$/);
    expect(line.length).toBe(columns - 1);
  });

  test("lists what runs, then the next steps, and counts the others", async () => {
    const live = manySteps(40, { columns: 60, rows: 12 });
    live.start("s1", "s2");
    expect(await live.rows()).toEqual([
      "◐ running     s1  0s  worker",
      "◐ running     s2  0s  worker",
      "○ ready       s3  starts when a slot is free",
      "○ ready       s4  starts when a slot is free",
      "○ ready       s5  starts when a slot is free",
      "○ ready       s6  starts when a slot is free",
      "… 34 more",
      "0 of 40 completed · 2 running · 0s",
    ]);
    for (const id of ["s1", "s2"]) live.complete(id, 1);
    live.start("s3", "s4");
    expect((await live.rows()).slice(2)).toEqual([
      "◓ running     s3  0s  worker",
      "◓ running     s4  0s  worker",
      "○ ready       s5  starts when a slot is free",
      "○ ready       s6  starts when a slot is free",
      "○ ready       s7  starts when a slot is free",
      "○ ready       s8  starts when a slot is free",
      "… 32 more",
      "2 of 40 completed · 2 running · 0s",
    ]);
  });

  test.each([
    [3, ["… and 2 more in flight, 38 pending", "0 of 40 completed · 2 running · 0s"].slice(1)],
    [4, ["… and 2 more in flight, 38 pending", "0 of 40 completed · 2 running · 0s"]],
    [
      5,
      [
        "◐ running     s1  0s  worker",
        "… and 1 more in flight, 38 pending",
        "0 of 40 completed · 2 running · 0s",
      ],
    ],
    [
      6,
      [
        "◐ running     s1  0s  worker",
        "◐ running     s2  0s  worker",
        "… 38 pending",
        "0 of 40 completed · 2 running · 0s",
      ],
    ],
  ])("fits a terminal of %i rows", async (rows, expected) => {
    const live = manySteps(40, { columns: 60, rows });
    live.start("s1", "s2");
    expect(await live.rows()).toEqual(expected);
  });

  test("names a failed step again once its line has scrolled away", async () => {
    const live = manySteps(40, { columns: 60, rows: 12 });
    live.start("s1", "s2");
    live.fail("s1", "no such luck");
    const first = await live.rows();
    for (let index = 3; index <= 12; index += 1) {
      live.start(`s${index}`);
      live.complete(`s${index}`, index);
    }
    live.start("s13");
    const later = await live.rows();
    const failed = (rows: readonly string[]) => rows.slice(-12).filter((row) => /✖/.test(row));
    expect([failed(first), failed(later)]).toEqual([
      ["✖ failed      s1  attempt 1  0ms  no such luck"],
      ["✖ failed      s1   no such luck"],
    ]);
  });

  test("shows at once that another process has paused, resumed or cancelled the run", async () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80 });
    live.start("build", "lint");
    const last = async () => (await live.rows()).at(-1);
    live.tell("pause_workflow");
    const paused = await last();
    live.complete("lint");
    const almost = await last();
    live.tell("resume_workflow");
    const resumed = await last();
    live.tell("cancel_workflow");
    expect([paused, almost, resumed, await last()]).toEqual([
      "‖ pausing: 2 steps finish · 0 of 4 completed · 2 running · 0s",
      "‖ pausing: 1 step finishes · 1 of 4 completed · 1 running · 0s",
      "1 of 4 completed · 1 running · 0s",
      "■ cancelled: its agents are being stopped · 1 of 4 completed · 3 cancelled · 0s",
    ]);
  });

  test("leaves no rows behind when the terminal is resized", async () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80, output: { build: "x".repeat(99) } });
    live.start("build", "lint");
    live.complete("lint");
    const wide = await live.rows();
    live.recorder.resize(40, 24);
    const narrow = await live.rows();
    live.recorder.resize(80, 24);
    const again = await live.rows();
    live.view.stop();
    expect({ narrow, again: again.length, end: await live.rows() }).toEqual({
      narrow: [
        '✔ completed   lint  attempt 1  0ms  "don',
        'e"',
        "◓ build    0s  worker",
        `  └ ${"x".repeat(34)}…`,
        "· test     waits for build",
        "· publish  waits for test",
        "1 of 4 completed · 1 running · 0s",
      ],
      again: wide.length,
      end: ['✔ completed   lint  attempt 1  0ms  "done"'],
    });
  });

  test("shows the last line that a step printed, without what a terminal would interpret", async () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80 });
    live.start("build", "lint");
    const seen: (string | undefined)[] = [];
    for (const text of [
      "first\nsecond\n\n",
      "10 %\r20 %\r",
      "\u001b[2K\u001b[1;31mred\u001b[0m \u202eturned\n",
      "unfinished \u001b[3",
      "\n \n",
    ]) {
      live.output["build"] = text;
      live.wait(200);
      seen.push((await live.rows()).find((row) => row.includes("└")));
    }
    expect(seen).toEqual([
      "              └ second",
      "              └ 20 %",
      "              └ red turned",
      "              └ unfinished",
      undefined,
    ]);
  });

  test("turns a mark beside running steps, and sets no timer after its end", async () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80 });
    live.start("build", "lint");
    const marks: (string | undefined)[] = [];
    for (let frame = 0; frame < 4; frame += 1) {
      live.wait(100);
      marks.push((await live.rows())[0]?.slice(0, 1));
    }
    live.view.stop();
    expect([new Set(marks).size, vi.getTimerCount()]).toEqual([4, 0]);
  });

  test("changes no mode of the terminal: it only moves up, erases and styles", () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80, output: { build: "hello" } });
    live.start("build", "lint");
    live.wait(1_000);
    live.fail("lint", ERROR);
    live.wait(1_000);
    live.view.stop();
    // oxlint-disable-next-line no-control-regex -- escapes are what is looked for
    const escapes = live.io.out.text.match(/\u001b(?:\[[?>=]?[0-9;]*[a-zA-Z]|.)/g) ?? [];
    // oxlint-disable-next-line no-control-regex -- escapes are what is looked for
    expect(escapes.filter((each) => !/^\u001b\[(\d*A|J|K|[0-9;]*m)$/.test(each))).toEqual([]);
  });
});

describe("the live view of a job", () => {
  test("is drawn below what the shell has written while the job was suspended", async () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80 });
    live.start("build", "lint");
    const before = await live.rows();
    live.recorder.type("^Z\n[1]+ Stopped\n$ ls\n$ fg\naxw run flow.yaml\n");
    live.io.send("SIGCONT");
    const rows = await live.rows();
    live.complete("lint");
    const after = await live.rows();
    const shell = ["[1]+ Stopped", "$ ls", "$ fg", "axw run flow.yaml"];
    expect([rows.slice(before.length), after.slice(before.length)]).toEqual([
      [...shell, ...before.map((row) => row.replace("◐", "◓"))],
      [
        ...shell,
        '✔ completed   lint  attempt 1  200ms  "done"',
        "◓ running     build    0s  worker",
        "· pending     test     waits for build",
        "· pending     publish  waits for test",
        "1 of 4 completed · 1 running · 0s",
      ],
    ]);
  });

  test("is not drawn in the background, where finished steps are still added", async () => {
    const live = new ScriptedRun({ steps: STEPS, columns: 80 });
    live.io.foreground = false;
    live.start("build", "lint");
    live.recorder.type("$ ");
    live.wait(500);
    live.complete("lint");
    live.wait(500);
    live.view.stop();
    expect(await live.rows()).toEqual(['$ ✔ completed   lint  attempt 1  500ms  "done"']);
  });
});

describe("the time left", () => {
  const ESTIMATED = [
    { id: "a", estimate: 60_000 },
    { id: "b", estimate: 60_000 },
    { id: "c", estimate: 60_000 },
    { id: "d", estimate: 30_000, dependencies: ["a", "b", "c"] },
  ];

  async function left(live: ScriptedRun): Promise<string | undefined> {
    return /about .*/.exec((await live.rows()).at(-1) ?? "")?.[0];
  }

  test.each([
    [undefined, "about 1m30s left (from estimates)"],
    [2, "about 2m30s left (from estimates)"],
    [1, "about 3m30s left (from estimates)"],
  ])("respects the dependencies and a concurrency of %s", async (concurrency, expected) => {
    const live = new ScriptedRun({
      steps: ESTIMATED,
      columns: 100,
      ...(concurrency !== undefined && { concurrency }),
    });
    live.start(...["a", "b", "c"].slice(0, concurrency ?? 3));
    expect(await left(live)).toBe(expected);
  });

  test("counts down, and waits for a step that takes longer than expected", async () => {
    const live = new ScriptedRun({ steps: ESTIMATED, columns: 100 });
    live.start("a", "b", "c");
    live.wait(30_000);
    const half = await left(live);
    live.wait(60_000);
    const late = await left(live);
    live.tell("pause_workflow");
    expect([half, late, await left(live)]).toEqual([
      "about 1m00s left (from estimates)",
      "about 30s left (from estimates)",
      undefined,
    ]);
  });

  test("is not shown if nothing is known about one of the steps that remain", async () => {
    const [, ...others] = ESTIMATED;
    const live = new ScriptedRun({ steps: [{ id: "a" }, ...others], columns: 100 });
    live.start("a", "b", "c");
    const unknown = await left(live);
    live.complete("a");
    live.wait(1_000);
    expect([unknown, await left(live)]).toEqual([undefined, "about 1m30s left (from estimates)"]);
  });

  test("counts the time until the next attempt of a waiting step", async () => {
    const retry = {
      initialDelayMs: 120_000,
      factor: 1,
      maxDelayMs: 120_000,
      jitter: "none",
    } as const;
    const steps = [{ id: "a", estimate: 60_000, retries: 1, retry }];
    const live = new ScriptedRun({ steps, columns: 100 });
    live.start("a");
    live.fail("a", "no");
    expect(await left(live)).toBe("about 3m00s left (from estimates)");
  });
});
