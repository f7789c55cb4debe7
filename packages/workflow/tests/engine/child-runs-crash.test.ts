import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { launchChild } from "../support/launch-child.js";

const CHILD = new URL("../support/child-runs-child.ts", import.meta.url).pathname;

const FILES = {
  "release.yaml": `
id: release
steps:
  - { id: plan, agentId: worker, task: plan }
  - { id: audit, workflow: ./audit.yaml, with: { of: "\${{ steps.plan.output }}" }, dependencies: [plan] }
  - { id: each, foreach: [x, y], workflow: ./audit.yaml, with: { of: "\${{ item }}" } }
  - { id: end, agentId: worker, task: end, dependencies: [audit, each] }
outputs: { audit: "\${{ steps.audit.output }}", each: "\${{ steps.each.output }}", end: "\${{ steps.end.output }}" }
`,
  "audit.yaml": `
id: audit
inputs: { of: { type: string } }
steps:
  - { id: look, agentId: worker, task: "look at \${{ inputs.of }}" }
  - { id: judge, agentId: worker, task: judge, dependencies: [look] }
outputs: { of: "\${{ inputs.of }}", verdict: "\${{ steps.judge.output }}" }
`,
};

interface Ended {
  readonly status: string;
  readonly outputs: unknown;
  readonly children: readonly (readonly string[])[];
  readonly count: number;
}

class Place {
  readonly #folder = mkdtempSync(join(tmpdir(), "axw-child-runs-"));

  constructor() {
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(this.#folder, name), text);
  }

  launch(killAfter?: number): ReturnType<typeof launchChild> {
    const paths = ["workflow.db", "launches.txt", "release.yaml"].map((name) =>
      join(this.#folder, name),
    );
    const launched = launchChild(CHILD, [...paths, String(killAfter ?? "")]);
    onTestFinished(() => void launched.child.kill("SIGKILL"));
    return launched;
  }

  async end(): Promise<Ended> {
    const launched = this.launch();
    const ended = JSON.parse(await launched.line("ending ")) as Ended;
    await launched.exited;
    return ended;
  }

  /** The attempts of agents that began, in order. */
  get launches(): string[] {
    return readFileSync(join(this.#folder, "launches.txt"), "utf8").trim().split("\n");
  }
}

const AUDITED = (of: string) => ({ of, verdict: "judge" });
const OUTPUTS = { audit: AUDITED("plan"), each: [AUDITED("x"), AUDITED("y")], end: "end" };
const STEPS = ["plan", "look", "look", "look", "judge", "judge", "judge", "end"];

describe("kill -9 at any commit of a run and of its child runs", () => {
  test("loses nothing, and repeats no attempt that has come to an end", async () => {
    const whole = await new Place().end();
    expect([whole.status, whole.outputs, whole.children.map(([, status]) => status)]).toEqual([
      ...["completed", OUTPUTS],
      ["completed", "completed", "completed"],
    ]);
    for (let killAfter = 1; killAfter < whole.count; killAfter += 1) {
      const place = new Place();
      await place.launch(killAfter).exited;
      const { status, outputs, children } = await place.end();
      expect([killAfter, status, outputs]).toEqual([killAfter, "completed", OUTPUTS]);
      // The same runs, and no second one for a step.
      expect(new Set(children.map(([runId]) => runId))).toEqual(
        new Set(["r.audit", "r.each%5Bx%5D", "r.each%5By%5D"]),
      );
      // What was in flight when the process was killed is launched a second time, at most.
      const repeated = place.launches.length - STEPS.length;
      expect([killAfter, repeated >= 0 && repeated <= 3]).toEqual([killAfter, true]);
      expect(new Set(place.launches).size).toBe(place.launches.length);
    }
  }, 180_000);
});
