import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// Imported by name: threads start from the built files.
import { simulateSeeds } from "@automatosx/simulation";
import { describe, expect, onTestFinished, test } from "vitest";
import { engineParts } from "../../scripts/engine-parts.ts";
import { runShare } from "../../src/engine/run-share.js";

const TEXT = `name: letter
inputs:
  to: string
  server: object
  copies: {type: number, default: 2}
steps:
  - id: draft
    agentId: writer
    task: "Write to \${{ inputs.to }} for \${{ context.customer.name }}"
    retries: 1
    timeout: 10m
  - id: check
    agentId: critic
    task: "Is \${{ steps.draft.output.text }} good? See \${{ steps.draft.output.parts[1].title }}"
    dependencies: [draft]
  - id: send
    agentId: post
    task: "Send \${{ steps.draft.output.text }} by \${{ inputs.server.hosts[0].name }}"
    dependencies: [check]
`;

describe("simulateSeeds", () => {
  test("returns the same totals with two threads as with one", async () => {
    const [one, two] = await Promise.all([
      simulateSeeds({ seedCount: 60, workers: 1 }),
      simulateSeeds({ seedCount: 60, workers: 2 }),
    ]);
    expect(two).toEqual(one);
    expect(one).toMatchObject({ seedCount: 60, failedCount: 0, failed: [], endings: { open: 0 } });
    expect(one.makespansMs).toHaveLength(60);
  });

  test("makes up the inputs, context and results that tasks refer to", async () => {
    const totals = await simulateSeeds({
      seedCount: 40,
      workers: 1,
      workflow: { text: TEXT, format: "yaml" },
    });
    expect(totals).toMatchObject({ seedCount: 40, failedCount: 0, endings: { open: 0 } });
    expect(totals.endings.completed).toBeGreaterThan(20);
  });

  test("rejects with invalid_definition if the workflow text has errors", async () => {
    const workflow = { text: "steps: []", format: "yaml" } as const;
    await expect(simulateSeeds({ seedCount: 120, workflow })).rejects.toMatchObject({
      code: "invalid_definition",
    });
  });

  test("reports its progress and stops early when its signal aborts", async () => {
    const stop = new AbortController();
    const progress: number[] = [];
    const totals = await simulateSeeds({
      seedCount: 5000,
      workers: 2,
      signal: stop.signal,
      onProgress: (doneCount) => {
        progress.push(doneCount);
        stop.abort();
      },
    });
    expect(progress[0]).toBe(25);
    expect(totals.seedCount).toBeLessThan(5000);
    expect(totals.seedCount).toBeGreaterThanOrEqual(25);
  });
});

/** The totals of worlds of a workflow whose files are these; the first is simulated. */
async function simulateFiles(files: Readonly<Record<string, string>>) {
  const base = mkdtempSync(join(tmpdir(), "axw-simulated-"));
  onTestFinished(() => rmSync(base, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(base, name), text);
  const [text = ""] = Object.values(files);
  return simulateSeeds({
    ...{ seedCount: 20, workers: 1, triesOneMoreRetry: true },
    workflow: { text, format: "yaml", base },
  });
}

describe("a step that runs another workflow", () => {
  test("answers with the outputs of the workflow for the inputs that it is given", async () => {
    const totals = await simulateFiles({
      "top.yaml": `id: top
steps:
  - id: each
    foreach: [1, 2]
    workflow: ./child.yaml
    with: { count: "\${{ item }}" }
outputs:
  doubled: \${{ steps.each.output.map(o, o.doubled + 0) }}
`,
      "child.yaml": `id: child
inputs: { count: number }
steps:
  - { id: ask, gate: { ask: "Go on?", form: { type: object, required: [n], properties: { n: { type: number } } } } }
  - { id: inner, workflow: ./inner.yaml, dependencies: [ask] }
outputs: { doubled: "\${{ inputs.count * 2 + steps.ask.output.n * 0 + size(steps.inner.output.say.words) * 0 }}" }
`,
      "inner.yaml": `id: inner
steps:
  - { id: say, agentId: a, task: x, output: { type: object, required: [words], properties: { words: { type: array } } } }
`,
    });
    expect(totals).toMatchObject({ seedCount: 20, failed: [], endings: { open: 0 } });
    expect(totals.endings.completed).toBeGreaterThan(10);
  });

  test("answers with the fields that are read from it if the workflow cannot complete", async () => {
    const totals = await simulateFiles({
      "top.yaml": `id: top
steps:
  - { id: call, workflow: ./child.yaml }
  - { id: use, agentId: a, task: "\${{ steps.call.output.text }}", dependencies: [call] }
`,
      "child.yaml": `id: child
steps: [{ id: end, stop: { as: failed } }]
outputs: { text: "\${{ 'x' }}" }
`,
    });
    expect(totals).toMatchObject({ seedCount: 20, failedCount: 0 });
    expect(totals.endings.completed).toBeGreaterThan(10);
  });
});

test("a run whose outputs fail keeps every promise", async () => {
  const totals = await simulateFiles({
    "top.yaml": `id: top
steps: [{ id: a, agentId: a, task: x, output: { type: object } }]
outputs: { n: "\${{ steps.a.output.n + 1 }}" }
`,
  });
  expect(totals).toMatchObject({ failedCount: 0, endings: { completed: 0 } });
  expect(totals.endings.failed).toBeGreaterThan(10);
});

/** A step that fails half of the time, and a step after it. */
const coin = (retries: number) =>
  ({
    text: JSON.stringify({
      id: "coin",
      steps: [
        { id: "flip", agentId: "a", task: "x", retries },
        { id: "after", agentId: "a", task: "x", dependencies: ["flip"] },
      ],
    }),
    format: "json",
  }) as const;

const RUNS = 200;

/** Four standard deviations of the number of runs, of `RUNS`, in which this happens. */
const tolerance = (probability: number): number =>
  4 * Math.sqrt(RUNS * probability * (1 - probability));

describe("a failure rate", () => {
  const simulate = (retries: number) =>
    simulateSeeds({
      seedCount: RUNS,
      workers: 1,
      workflow: coin(retries),
      failureRates: { flip: 0.5 },
      triesOneMoreRetry: true,
    });

  test("makes the share of completed runs what probability says, and one more retry too", async () => {
    const [none, one] = [await simulate(0), await simulate(1)];
    expect(Math.abs(none.endings.completed - RUNS / 2)).toBeLessThan(tolerance(0.5));
    expect(Math.abs(one.endings.completed - (RUNS * 3) / 4)).toBeLessThan(tolerance(0.75));
    // The same failures happen in the same worlds, so the gain is exact.
    const gainedRunCount = one.endings.completed - none.endings.completed;
    const failed = RUNS - none.endings.completed;
    expect(none).toMatchObject({
      runCount: RUNS,
      endings: { failed, cancelled: 0, open: 0 },
      faultCount: failed,
      faultKinds: { agent: failed },
      steps: {
        flip: {
          runCount: RUNS,
          attemptCount: RUNS,
          failedAttemptCount: failed,
          repeatedAttemptCount: 0,
          failedRunCount: failed,
          gainedRunCount,
        },
        after: { runCount: RUNS - failed, failedAttemptCount: 0, gainedRunCount: 0 },
      },
    });
    expect(one.steps["flip"]).toMatchObject({
      attemptCount: RUNS + failed,
      failedRunCount: RUNS - one.endings.completed,
    });
  });

  test("stops within a world, which then does not count", async () => {
    let calls = 0;
    const steps = Array.from({ length: 60 }, (_, at) => `  - {id: s${at}, agentId: a, task: x}`);
    const totals = await runShare(
      {
        firstSeed: 1,
        seedCount: 2,
        workflow: { text: `id: many\nsteps:\n${steps.join("\n")}\n`, format: "yaml" },
        failureRates: {},
      },
      () => undefined,
      () => (calls += 1) > 5,
    );
    expect(totals).toMatchObject({ seedCount: 0, runCount: 0, failedCount: 0 });
  });

  test("of `*` is that of all steps without one", async () => {
    const { steps, endings } = await simulateSeeds({
      seedCount: 40,
      workers: 1,
      workflow: coin(0),
      failureRates: { "*": 1, flip: 0 },
    });
    expect([
      endings,
      steps["flip"]?.failedAttemptCount,
      steps["after"]?.failedAttemptCount,
    ]).toEqual([{ completed: 0, failed: 40, cancelled: 0, open: 0 }, 0, 40]);
  });
});

describe("the totals of steps", () => {
  test("count attempts, failures and repetitions after crashes; with two threads as with one", async () => {
    const options = { seedCount: 120, workflow: coin(1), triesOneMoreRetry: true };
    const [one, two] = await Promise.all([
      simulateSeeds({ ...options, workers: 1 }),
      simulateSeeds({ ...options, workers: 2 }),
    ]);
    expect(two).toEqual(one);
    const { flip } = one.steps;
    expect(flip).toMatchObject({ runCount: one.runCount });
    expect(flip?.attemptCount).toBeGreaterThan(one.runCount);
    for (const count of [
      flip?.failedAttemptCount,
      flip?.repeatedAttemptCount,
      flip?.failedRunCount,
    ])
      expect(count).toBeGreaterThan(0);
    const kinds = Object.values(one.faultKinds);
    expect(kinds.reduce((sum, count) => sum + count, 0)).toBe(one.faultCount);
  });
});

test("simulateSeeds begins no world after its signal has aborted", async () => {
  const totals = await simulateSeeds({
    seedCount: 100,
    workers: 1,
    workflow: coin(0),
    signal: AbortSignal.abort(),
  });
  expect(totals).toMatchObject({ seedCount: 0, runCount: 0, steps: {} });
});

describe("the part engine", () => {
  test("reports the numbers of seeds, runs and faults", async () => {
    const report = await engineParts[0]?.run({ full: false, seedCount: 30, firstSeed: 500 });
    expect(report).toMatchObject({ triedCount: 30, failures: [] });
    expect(report?.lines[0]).toMatch(/^30 worlds with \d+ runs on SQLite, \d+ faults, in /);
  });
});
