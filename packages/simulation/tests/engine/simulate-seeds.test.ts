// Imported by name: threads start from the built files.
import { simulateSeeds } from "@automatosx/simulation";
import { describe, expect, test } from "vitest";
import { engineParts } from "../../scripts/engine-parts.ts";

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

describe("the part engine", () => {
  test("reports the numbers of seeds, runs and faults", async () => {
    const report = await engineParts[0]?.run({ full: false, seedCount: 30, firstSeed: 500 });
    expect(report).toMatchObject({ triedCount: 30, failures: [] });
    expect(report?.lines[0]).toMatch(/^30 worlds with \d+ runs on SQLite, \d+ faults, in /);
  });
});
