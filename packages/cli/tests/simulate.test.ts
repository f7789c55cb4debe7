import { describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import {
  renderSimulation,
  type SimulationSummary,
  summarizeSimulation,
} from "../src/render/simulation.js";
import { CHAIN, Folder, ndjson } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

describe("axw simulate", () => {
  test("runs the workflow in many worlds without calling its agents", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { code, stdout, stderr } = await folder.axw(["simulate", "flow.yaml", "--seeds", "40"]);
    expect({ code, stderr, launches: folder.launches() }).toEqual({
      code: 0,
      stderr: "next   axw run flow.yaml\n",
      launches: [],
    });
    const share = String.raw`\(\d+\.\d %\)`;
    const patterns = [
      String.raw`sample 1\.0\.0 {3}3 steps: 40 worlds with \d+ runs, \d+ faults, in \S+`,
      `endings {3}\\d+ completed ${share}(, \\d+ failed ${share})?(, \\d+ cancelled ${share})?`,
      String.raw`makespan {2}shortest \S+, median \S+, longest \S+ of simulated time`,
      String.raw`faults {4}in each world, on average: \d\.\d\d [a-z ]+(, \d\.\d\d [a-z ]+)+`,
      "STEP +RUNS +ATTEMPTS +FAILED +REPEATED +RAN OUT +ONE MORE RETRY",
      ...["one", "two", "three"].map(
        (id) => `${id} +\\d+ +\\d+ +(0|\\d+ ${share}) +\\d+ +\\d+ +(no change|[+−].*points\\))`,
      ),
      String.raw`held {6}all \d+ promises of the engine, in every world \(--json lists them\)`,
      "words",
      "  world +one seed: .*",
      "  run +one execution of the workflow; a world has one or two",
      ...["endings", "makespan", "faults"].map((word) => `  ${word} +.*`),
      ...["RUNS", "ATTEMPTS", "FAILED", "REPEATED", "RAN OUT", "ONE MORE RETRY", "promise"].map(
        (word) => `  ${word} +.*`,
      ),
    ];
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual(
      patterns.map((pattern) => expect.stringMatching(new RegExp(`^${pattern}$`))),
    );
  });

  test("reports what happens to each step, and what one more retry changes", async () => {
    const steps = (retries: number): string =>
      `id: coin\nsteps:\n  - {id: flip, agentId: a, task: x, retries: ${retries}}\n` +
      "  - {id: after, agentId: a, task: x, dependencies: [flip]}\n";
    const folder = new Folder({ "none.yaml": steps(0), "one.yaml": steps(1) });
    const rates = ["--seeds", "48", "--fail", "flip=50%", "--json"];
    const [none, one] = await Promise.all(
      ["none.yaml", "one.yaml"].map(async (name) => {
        const { stdout } = await folder.here(["simulate", name, ...rates]);
        return (ndjson(stdout) as unknown as [SimulationSummary])[0];
      }),
    );
    const completed = none?.endings.completed ?? 0;
    // Half of 48, within four standard deviations.
    expect(Math.abs(completed - 24)).toBeLessThan(14);
    const gainedRunCount = (one?.endings.completed ?? 0) - completed;
    expect(none).toMatchObject({
      runCount: 48,
      failureRates: { flip: 0.5 },
      steps: [
        {
          stepId: "flip",
          retries: 0,
          runCount: 48,
          attemptCount: 48,
          failedAttemptCount: 48 - completed,
          repeatedAttemptCount: 0,
          failedRunCount: 48 - completed,
          oneMoreRetry: { gainedRunCount, completedShare: (completed + gainedRunCount) / 48 },
        },
        {
          stepId: "after",
          retries: 0,
          runCount: completed,
          attemptCount: completed,
          failedAttemptCount: 0,
          repeatedAttemptCount: 0,
          failedRunCount: 0,
          oneMoreRetry: { gainedRunCount: 0, completedShare: completed / 48 },
        },
      ],
    });
  });

  test("repeats --fail in the command that it suggests after one world", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { code, stdout, stderr } = await folder.here(
      "simulate flow.yaml --seed 7 --fail one=1 --fail *=10%".split(" "),
    );
    expect([code, stderr]).toEqual([
      0,
      "next   axw simulate flow.yaml --fail one=1 --fail '*=0.1'\n",
    ]);
    expect(stdout).toMatch(/\nseed 7: failed after .*; every promise held\n$/);
  });

  test.each([
    ["flipp=1", "The workflow has no step `flipp` for --fail.", "Did you mean `flip`?"],
    ["flip", "--fail flip has no rate.", "--fail deploy=20%"],
    ["flip=150%", "must be from 0 to 1, or 0% to 100%; 150% is not", "--fail deploy=20%"],
    ["flip=often", "must be from 0 to 1, or 0% to 100%; often is not", "--fail deploy=20%"],
  ])("refuses --fail %s", async (value, message, remedy) => {
    const folder = new Folder({
      "flow.yaml": "id: w\nsteps: [{id: flip, agentId: a, task: x}]\n",
    });
    const { code, stderr } = await folder.here(["simulate", "flow.yaml", "--fail", value]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain(remedy);
  });

  test("takes a rate for each step, and repeats the rates in the next line", async () => {
    const folder = new Folder({
      "flow.yaml":
        "id: w\nsteps: [{id: a, agentId: x, task: x, retries: 1}, {id: b, agentId: x, task: x}]\n",
    });
    const rates = ["--fail", "a=100%", "--fail", "*=0.5"];
    const one = await folder.here(["simulate", "flow.yaml", "--seed", "3", ...rates]);
    // A step with one retry fails twice, so no third failure is planned.
    expect(one.stdout.match(/^fault .* step a /gm)).toHaveLength(2);
    expect([one.code, one.stderr]).toEqual([
      0,
      "next   axw simulate flow.yaml --fail a=1 --fail '*=0.5'\n",
    ]);
    const twice = await folder.here(["simulate", "flow.yaml", "--fail", "a=1", "--fail", "a=0"]);
    expect([twice.code, twice.stderr]).toEqual([
      2,
      expect.stringContaining("--fail a has two rates: 1 and 0."),
    ]);
  });

  test("prints the same totals for the same seeds with --json", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const args = ["simulate", "flow.yaml", "--seeds", "20", "--json"];
    const [one, other] = [await folder.here(args), await folder.here(args)];
    expect(other.stdout).toBe(one.stdout);
    const [summary] = ndjson(one.stdout) as unknown as [SimulationSummary];
    expect(summary).toMatchObject({
      schemaVersion: 2,
      workflowId: "sample",
      stepCount: 3,
      seedCount: 20,
      failedCount: 0,
      failed: [],
    });
    expect(Object.values(summary.endings).reduce((sum, runs) => sum + runs, 0)).toBe(
      summary.runCount,
    );
    expect(summary.invariants.length).toBeGreaterThan(5);
    const { min, median, max } = summary.makespanMs;
    expect([min, median, max]).toEqual([min, median, max].toSorted((a, b) => a - b));
  });

  test("prints what happens in one world with --seed, the same each time", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const [one, other] = [
      await folder.here(["simulate", "flow.yaml", "--seed", "7"]),
      await folder.axw(["simulate", "flow.yaml", "--seed", "7"]),
    ];
    expect(other).toEqual(one);
    expect(one.code).toBe(0);
    expect(one.stdout).toMatch(/process-1 calls the agent of run 1 one\/1/);
    expect(one.stdout).toMatch(/\nseed 7: (completed|failed|cancelled).* every promise held\n$/);
    expect(one.stderr).toBe("next   axw simulate flow.yaml\n");
    const [told] = ndjson(
      (await folder.here(["simulate", "flow.yaml", "--seed", "7", "--json"])).stdout,
    );
    expect(told).toMatchObject({
      schemaVersion: 2,
      workflowId: "sample",
      seed: 7,
      ok: true,
      failures: [],
    });
  });

  test("refuses an invalid file and --seeds 0", async () => {
    const folder = new Folder({ "bad.yaml": "name: bad\nsteps: []\n", "flow.yaml": CHAIN });
    const [bad, none] = [
      await folder.here(["simulate", "bad.yaml"]),
      await folder.here(["simulate", "flow.yaml", "--seeds", "0"]),
    ];
    expect([bad.code, none.code]).toEqual([2, 2]);
    expect(bad.stderr).toMatch(/bad\.yaml:2:\d+ {2}error[^]*next {3}axw validate bad\.yaml\n$/);
    expect(none.stderr).toMatch(/invalid_argument[^]*It must be a whole number, 1 or more\./);
  });

  test("stops on Ctrl-C with the results so far and exit code 130", async () => {
    const io = new (class extends FakeIo {
      // Ctrl-C is pressed as soon as the listeners are set.
      override onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", listener: () => void): () => void {
        if (signal === "SIGHUP") queueMicrotask(() => this.send("SIGINT"));
        return super.onSignal(signal, listener);
      }
    })({ cwd: new Folder({ "flow.yaml": CHAIN }).path });
    const code = await main(["simulate", "flow.yaml", "--seeds", "1000000", "--json"], io);
    const [summary] = ndjson(io.out.text) as unknown as [SimulationSummary];
    expect(code).toBe(130);
    expect(summary.seedCount).toBeLessThan(1_000_000);
    expect(summary.wantedSeedCount).toBe(1_000_000);
  });
});

const DEFINITION = {
  id: "flow",
  version: "1.0.0",
  steps: [{ id: "a", retries: 100 }],
} as unknown as Parameters<typeof summarizeSimulation>[0]["definition"];

const TOTALS = {
  seedCount: 125,
  runCount: 130,
  faultCount: 20,
  faultKinds: { crash: 20 },
  steps: {},
  endings: { completed: 130, failed: 0, cancelled: 0, open: 0 },
  makespansMs: [10],
  failedCount: 0,
  failed: [],
};

describe("a simulation that was stopped", () => {
  test("reports nothing about the worlds it did not reach", () => {
    const io = new FakeIo({ cwd: "." });
    const summary = summarizeSimulation({ definition: DEFINITION }, TOTALS, 2000);
    renderSimulation(io, "flow.yaml", summary, 1500);
    const lines = io.out.text.split("\n");
    expect([lines[0], lines[3], lines[4], lines[7]]).toEqual([
      "flow 1.0.0   1 step: 125 worlds with 130 runs, 20 faults, in 1.5s",
      "faults    in each world, on average: 0.16 crashes",
      "stopped   after 125 of 2000 worlds: the others were not tried",
      "held      all 13 promises of the engine, in these worlds (--json lists them)",
    ]);
  });

  test("names the time limit and how to lift it, if that is why", () => {
    const io = new FakeIo({ cwd: "." });
    const summary = summarizeSimulation({ definition: DEFINITION }, TOTALS, 2000, {
      timeLimitMs: 10_000,
    });
    renderSimulation(io, "flow.yaml", summary, 10_400);
    expect(io.out.text.split("\n")[4]).toBe(
      "stopped   after 125 of 2000 worlds: the limit is 10.0s; --seeds N simulates N worlds",
    );
  });
});

describe("axw simulate", () => {
  test("accepts --seeds or --seed, but not both", async () => {
    const { code, stderr } = await new Folder({ "flow.yaml": CHAIN }).here([
      "simulate",
      "flow.yaml",
      "--seeds",
      "3",
      "--seed",
      "1",
    ]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/invalid_argument.*--seed.*cannot be used with.*--seeds/),
    ]);
  });
});

describe("a broken promise", () => {
  const totals = {
    seedCount: 9,
    runCount: 10,
    faultCount: 20,
    faultKinds: { crash: 20 },
    steps: {},
    endings: { completed: 9, failed: 0, cancelled: 0, open: 1 },
    makespansMs: [10, 20, 3_600_000],
    failedCount: 2,
    failed: [
      {
        seed: 4,
        failures: ["run 1 was lost"],
        faults: ["crash at 8"],
        trace: ["0 ms  run 1 begins", "8 ms  process-1 dies"],
      },
    ],
  };

  test("is reported with its seed, faults, events and the command that repeats it", () => {
    const io = new FakeIo({ cwd: "." });
    const summary = summarizeSimulation({ definition: DEFINITION }, totals, 9);
    renderSimulation(io, "my flow.yaml", summary, 1500);
    expect(io.out.text.split("\n")).toEqual([
      "flow 1.0.0   1 step: 9 worlds with 10 runs, 20 faults, in 1.5s",
      "endings   9 completed (90.0 %), 1 open (10.0 %)",
      "makespan  shortest 10ms, median 20ms, longest 1h00m of simulated time",
      "faults    in each world, on average: 2.22 crashes",
      "STEP  RUNS  ATTEMPTS  FAILED  REPEATED  RAN OUT  ONE MORE RETRY",
      "a     0     0         0       0         0        it has the most",
      "broken    seed 4",
      "  run 1 was lost",
      "  fault  crash at 8",
      "  0 ms run 1 begins",
      "  8 ms process-1 dies",
      "and 1 more seed",
      "This is a defect of the engine, not of the workflow.",
      "Please report it with the file, the seed and the output of `axw --version`.",
      "",
    ]);
    expect(io.err.text).toBe("next   axw simulate 'my flow.yaml' --seed 4\n");
  });
});
