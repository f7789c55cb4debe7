import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Databases, readWorkflow, runEngineSeed } from "../../src/engine/index.js";
import { workflowOfSeed } from "../../src/engine/workflow-of-seed.js";

/** Seeds whose workflow has conditions, inner steps, items and rounds. */
const seeds = Array.from(
  { length: 320 },
  (_, index) => 32 * (1 + Math.floor(index / 8)) + (index % 8),
);

let databases: Databases;
beforeAll(() => {
  databases = new Databases();
});
afterAll(() => databases.close());

/** Between its rounds, a run of this waits far longer than its agent works. */
const POLL = `
id: poll
steps:
  - { id: poll, agentId: a, task: "round \${{ round }}", loop: { max: 4, every: 8s } }
`;

/** What the next process wrote first after each death of a process. */
function writtenAfterDeaths(trace: readonly string[]): string[] {
  return trace.flatMap((line, index) => {
    if (!line.endsWith(" dies")) return [];
    const next = trace.slice(index).find((later) => later.includes(" writes "));
    return next === undefined ? [] : [next];
  });
}

describe("worlds whose workflows have items, rounds and inner steps", () => {
  test("keep every promise, also if a process dies within an item or a round", async () => {
    const failures: string[] = [];
    const written: string[] = [];
    for (const seed of seeds) {
      const { failures: found, trace } = await runEngineSeed({ seed, databases });
      failures.push(...found.map((failure) => `seed ${seed}: ${failure}`));
      written.push(...writtenAfterDeaths(trace));
    }
    expect(failures).toEqual([]);
    const count = (pattern: RegExp): number => written.filter((line) => pattern.test(line)).length;
    const counts = {
      withinItem: count(/step_failed \S*\[[^\]]*\]/),
      withinRound: count(/step_failed \S*#\d/),
    };
    expect(Object.entries(counts).filter(([, times]) => times < 3)).toEqual([]);
  });

  test("keep every promise if a process dies between two rounds", async () => {
    const workflow = readWorkflow({ text: POLL, format: "yaml" });
    const written: string[] = [];
    for (let seed = 1; seed <= 300; seed += 1) {
      const { failures, trace } = await runEngineSeed({ seed, databases, workflow });
      expect([seed, failures]).toEqual([seed, []]);
      written.push(...writtenAfterDeaths(trace));
    }
    expect(written.filter((line) => /: steps_due/.test(line)).length).toBeGreaterThanOrEqual(3);
  });

  test("use every construct", () => {
    const texts = seeds.map((seed) => JSON.stringify(workflowOfSeed(seed).prepared.definition));
    const constructs = [
      '"if":',
      '"foreach":',
      '"loop":',
      '"steps":[{"id":"s',
      '"joins":',
      '"join":"any"',
      '"listed"',
      '"choice":',
      '"concurrency":',
      '"everyMs":',
      '"output":',
    ];
    expect(
      constructs.filter((construct) => !texts.some((text) => text.includes(construct))),
    ).toEqual([]);
  });
});

/** Seeds whose workflow has gates, signals, sleeps, checks, effects, handlers and budgets. */
const waitingSeeds = seeds.map((seed) => seed + 16);

describe("worlds whose runs wait for people, signals and effects", () => {
  test("keep every promise, with answers from any process at any time", async () => {
    const failures: string[] = [];
    const traces: string[] = [];
    const endings = new Set<string>();
    for (const seed of waitingSeeds) {
      const report = await runEngineSeed({ seed, databases });
      failures.push(...report.failures.map((failure) => `seed ${seed}: ${failure}`));
      traces.push(...report.trace);
      for (const ending of report.endings) endings.add(ending);
    }
    expect(failures).toEqual([]);
    expect([...endings].sort()).toEqual(["cancelled", "completed", "failed"]);
    const count = (pattern: RegExp): number => traces.filter((line) => pattern.test(line)).length;
    const counts = {
      answered: count(/: .*gate_answered/),
      refused: count(/an answer to .*: invalid_answer/),
      late: count(/an answer to .*: gate_not_open/),
      signalled: count(/: .*signal_received/),
      judged: count(/: .*step_answered/),
      reconciled: count(/step_completed \S*:reconcile/),
      handled: count(/step_completed :always/),
      raised: count(/: budget_changed/),
    };
    expect(Object.entries(counts).filter(([, times]) => times < 3)).toEqual([]);
  });

  test("use every construct", () => {
    const texts = waitingSeeds.map((seed) =>
      JSON.stringify(workflowOfSeed(seed).prepared.definition),
    );
    const constructs = [
      ...['"gate":', '"expiresMs":', '"forMs":', '"signal":', '"timeoutMs":', '"that":'],
      ...['"check-2"', '"effect":"external"', '"reconcile":', '"fallback":', '"failure":'],
      ...['"always":', '"usd":', '"tokens":', '"launches":', '"rate":'],
    ];
    expect(
      constructs.filter((construct) => !texts.some((text) => text.includes(construct))),
    ).toEqual([]);
  });
});

const WAITING_FILE = `
id: rollout
inputs: { title: { type: string } }
budget: { usd: 5, launches: 4 }
steps:
  - { id: plan, agentId: planner, task: "Plan \${{ inputs.title }}", output: { type: object, required: [n], properties: { n: { type: integer } } } }
  - { id: channel, dependencies: [plan], gate: { ask: "Where to?", form: { channel: [beta, stable], why: string? } } }
  - { id: deployed, dependencies: [plan], wait: { signal: deployed, form: { url: string } } }
  - { id: look, dependencies: [channel, deployed], agentId: planner, session: { from: plan }, task: "\${{ steps.deployed.output.url }}", check: [{ that: output.ok != null }] }
  - { id: pay, dependencies: [look], agentId: bank, task: pay, effect: external, reconcile: { agentId: bank, task: find, output: { type: object, required: [done], properties: { done: { type: boolean } } } } }
  - { id: halt, dependencies: [pay], if: steps.channel.output.channel == 'beta', stop: { as: completed, reason: only a trial } }
on: { always: [{ agentId: cleaner, task: "\${{ run.status }}" }] }
`;

describe("a file with gates, signals, a budget, a session and a stop", () => {
  test("is simulated with answers that fit what it asks for", async () => {
    const workflow = readWorkflow({ text: WAITING_FILE, format: "yaml" });
    const endings: string[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const report = await runEngineSeed({ seed, databases, workflow });
      expect([seed, report.failures]).toEqual([seed, []]);
      endings.push(...report.endings);
    }
    expect(endings.filter((ending) => ending === "completed").length).toBeGreaterThan(10);
  });
});

const FILE = `
id: release
inputs: { title: string, mode: { enum: [fast, slow] } }
steps:
  - id: design
    agentId: architect
    task: "Design \${{ inputs.title }} in \${{ run.dir }}"
    files: [design.md]
    output:
      type: object
      required: [modules, risk]
      properties:
        modules: { type: array, items: { type: object, required: [name], properties: { name: { type: string } } } }
        risk: { enum: [low, high] }
  - { id: review, agentId: critic, task: look, dependencies: [design], if: steps.design.output.risk == 'high' }
  - id: build
    dependencies: [design, { review: ok-or-skipped }]
    foreach: steps.design.output.modules
    key: item.name
    agentId: backend
    task: "Build \${{ item.name }}"
  - id: fix
    dependencies: [build]
    loop: { max: 4, until: steps.test.output.passed, onMax: continue }
    steps:
      - id: test
        run: { script: npm test, env: { TOKEN: "\${{ secrets.TOKEN }}" }, okExitCodes: [0, 1] }
        output: { type: object, required: [passed], properties: { passed: { type: boolean } } }
      - { id: repair, agentId: backend, task: Fix it, dependencies: [test], if: "!steps.test.output.passed" }
  - { id: diff, dependencies: [fix], run: { script: git diff --exit-code, okExitCodes: [0, 1] } }
  - { id: tell, dependencies: [diff], agentId: backend, task: "\${{ steps.diff.output.stdout }}", if: steps.diff.output.exitCode == 0 }
outputs: { passed: "\${{ steps.fix.output.test.passed }}" }
`;

describe("a file with programs, files, schemas, items and rounds", () => {
  test("is simulated without starting a program, the same for the same seed", async () => {
    const workflow = readWorkflow({ text: FILE, format: "yaml" });
    const endings: string[] = [];
    for (let seed = 1; seed <= 30; seed += 1) {
      const report = await runEngineSeed({ seed, databases, workflow });
      expect([seed, report.failures]).toEqual([seed, []]);
      endings.push(...report.endings);
      if (seed % 12 === 0)
        expect(await runEngineSeed({ seed, databases, workflow })).toEqual(report);
    }
    expect(endings.filter((ending) => ending === "completed").length).toBeGreaterThan(10);
  });
});
