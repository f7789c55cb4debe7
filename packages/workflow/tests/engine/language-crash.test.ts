import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { RunReader, WorkflowEngine } from "../../src/index.js";
import { type LaunchedChild, launchChild } from "../support/launch-child.js";

const folder = mkdtempSync(join(tmpdir(), "axw-language-crash-"));
const children: LaunchedChild[] = [];
afterAll(() => {
  for (const { child } of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const CHILD = new URL("../support/language-child.ts", import.meta.url).pathname;

interface Ended {
  readonly status: string;
  readonly pausedFor?: string;
  readonly waitsFor?: readonly string[];
  readonly results: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

/** A database of its own, and the processes that work on it. */
class Place {
  readonly database: string;
  readonly #launches: string;

  constructor(name: string) {
    this.database = join(folder, `${name}.db`);
    this.#launches = join(folder, `${name}.txt`);
  }

  launch(verb: "start" | "resume", argument: string): LaunchedChild {
    const launched = launchChild(CHILD, [this.database, this.#launches, verb, argument]);
    children.push(launched);
    return launched;
  }

  /** Starts a workflow and kills its process while the attempt of a step is in flight. */
  async startAndKill(workflow: string, stepId: string): Promise<string> {
    const first = this.launch("start", workflow);
    const runId = await first.line("run ");
    await first.line(`hangs in ${stepId}`);
    await kill(first);
    return runId;
  }

  async resume(runId: string): Promise<Ended> {
    const next = this.launch("resume", runId);
    const ended = JSON.parse(await next.line("ending ")) as Ended;
    await next.exited;
    return ended;
  }

  /** The attempts that began, in order. */
  get launched(): string[] {
    return readFileSync(this.#launches, "utf8").trim().split("\n");
  }

  /** An engine without agents, as of a process that only answers. */
  open(): Promise<WorkflowEngine> {
    return WorkflowEngine.open({ database: this.database, create: false });
  }
}

async function kill({ child, exited }: LaunchedChild): Promise<void> {
  child.kill("SIGKILL");
  await exited;
}

describe("kill -9 with open gates", () => {
  test("keeps the answers that other processes give before and after it", async () => {
    const place = new Place("gates");
    const first = place.launch(
      "start",
      `id: gates
steps:
  - { id: busy, agentId: worker, task: hang }
  - { id: one, gate: { ask: "One?" } }
  - { id: two, gate: { ask: "Two?", form: { size: integer } } }
  - { id: after-one, agentId: worker, task: x, dependencies: [one] }
  - { id: after-two, agentId: worker, task: "\${{ steps.two.output.size }}", dependencies: [two] }
`,
    );
    const runId = await first.line("run ");
    await first.line("hangs in busy");
    const engine = await place.open();
    await engine.answer(runId, "one", { by: "Ann" });
    await expect(engine.answer(runId, "one", {})).rejects.toMatchObject({ code: "gate_not_open" });
    await expect(engine.answer(runId, "two", { values: { size: "x" } })).rejects.toMatchObject({
      code: "invalid_answer",
      message: expect.stringContaining("$.size"),
    });
    await kill(first);
    expect((await engine.gates()).map(({ stepId }) => stepId)).toEqual(["two"]);
    await engine.answer(runId, "two", { values: { size: 3 } });
    const { owner, status } = engine.storage.getRun(runId) ?? {};
    expect([owner, status]).toEqual([undefined, "running"]);
    await engine.close();
    const { status: end, results } = await place.resume(runId);
    expect([end, results["one"], results["two"]]).toEqual([
      "completed",
      { approved: true },
      { size: 3, approved: true },
    ]);
    // The answer alone started nothing.
    expect(place.launched.sort()).toEqual(["after-one/1", "after-two/1", "busy/1", "busy/2"]);
  });
});

describe("kill -9 with a check in flight", () => {
  test("repeats the check, not the agent", async () => {
    const place = new Place("check");
    const runId = await place.startAndKill(
      `id: check
steps:
  - id: a
    agentId: worker
    task: x
    check: { agentId: worker, task: 'hang = {"pass": true}' }
`,
      "a:check-1",
    );
    const { status, results } = await place.resume(runId);
    expect([status, results, place.launched]).toEqual([
      "completed",
      { a: "a" },
      ["a/1", "a:check-1/1", "a:check-1/2"],
    ]);
  });
});

describe("kill -9 with an external effect in flight", () => {
  test("leaves it unknown until a person says what became of it", async () => {
    const place = new Place("external");
    const runId = await place.startAndKill(
      `id: pay
steps:
  - { id: pay, agentId: worker, task: hang, effect: external, retries: 3 }
  - { id: receipt, agentId: worker, task: x, dependencies: [pay] }
`,
      "pay",
    );
    const { status, pausedFor, waitsFor } = await place.resume(runId);
    expect({ status, pausedFor, waitsFor }).toEqual({
      ...{ status: "paused", pausedFor: "waiting", waitsFor: ["pay"] },
    });
    await using engine = await place.open();
    await engine.answer(runId, "pay", { done: true, result: "no. 7" }, { resume: false });
    const { status: end, results } = await place.resume(runId);
    expect([end, results["pay"], place.launched]).toEqual([
      "completed",
      "no. 7",
      ["pay/1", "receipt/1"],
    ]);
  });

  test("asks its `reconcile` step first, and asks it again if it is killed too", async () => {
    const place = new Place("reconcile");
    const runId = await place.startAndKill(
      `id: pay
steps:
  - id: pay
    agentId: worker
    task: hang
    effect: external
    reconcile: { agentId: worker, task: 'hang = {"done": true, "result": "found"}' }
`,
      "pay",
    );
    const second = place.launch("resume", runId);
    await second.line("hangs in pay:reconcile");
    await kill(second);
    const { status, results } = await place.resume(runId);
    expect([status, results, place.launched]).toEqual([
      "completed",
      { pay: "found" },
      ["pay/1", "pay:reconcile/1", "pay:reconcile/2"],
    ]);
  });
});

describe("kill -9 in a handler", () => {
  const WITH_HANDLERS = `id: handlers
steps:
  - { id: a, agentId: worker, task: hang }
on:
  always:
    - { id: clean, agentId: worker, task: hang }
    - { id: last, agentId: worker, task: x, dependencies: [clean] }
`;

  test("resumes in the handler; the run is cancelled in the end, for its first reason", async () => {
    const place = new Place("handler");
    const first = place.launch("start", WITH_HANDLERS);
    const runId = await first.line("run ");
    await first.line("hangs in a");
    const engine = await place.open();
    await engine.cancel(runId, { reason: "not today" });
    await first.line("hangs in :always.clean");
    await kill(first);
    await engine.close();
    const { status, error } = await place.resume(runId);
    expect([status, error, place.launched]).toEqual([
      "cancelled",
      "not today",
      ["a/1", ":always.clean/1", ":always.clean/2", ":always.last/1"],
    ]);
  });

  test("runs the handlers of a run that is cancelled after its process has died", async () => {
    const place = new Place("orphan");
    const runId = await place.startAndKill(WITH_HANDLERS, "a");
    const engine = await place.open();
    await engine.cancel(runId);
    expect(engine.storage.getRun(runId)?.status).toBe("running");
    await engine.close();
    const second = place.launch("resume", runId);
    await second.line("hangs in :always.clean");
    await kill(second);
    expect((await place.resume(runId)).status).toBe("cancelled");
  });
});

describe("kill -9 before an attempt that a stop has ended was stopped", () => {
  test("lets the next engine end its processes", async () => {
    const place = new Place("stop");
    const first = place.launch(
      "start",
      `id: stop
steps:
  - { id: left, agentId: stubborn, task: x }
  - { id: go, wait: { signal: go } }
  - { id: halt, stop: { as: failed }, dependencies: [go] }
on: { always: [{ id: clean, agentId: worker, task: hang }] }
`,
    );
    const runId = await first.line("run ");
    const pid = await first.line("orphan ");
    const engine = await place.open();
    await engine.signal(runId, "go");
    await first.line("hangs in :always.clean");
    await kill(first);
    await engine.close();
    const second = place.launch("resume", runId);
    expect(await second.line("ended ")).toBe(pid);
    const { status, error } = JSON.parse(await second.line("ending ")) as Ended;
    expect([status, error]).toEqual(["failed", "stopped by `halt`"]);
    await second.exited;
  });
});

describe("kill -9 while a step is parked", () => {
  test("keeps the park: the step starts after the reset, without using up a retry", async () => {
    const place = new Place("parked");
    const first = place.launch(
      "start",
      `id: parked
steps:
  - { id: busy, agentId: other, task: hang }
  - { id: quota, agentId: worker, task: limit, retries: 0 }
`.replace("other", "worker"),
    );
    const runId = await first.line("run ");
    await first.line("hangs in busy");
    await using engine = await place.open();
    let retryAt: number | undefined;
    for await (const event of engine.events(runId)) {
      if (event.type !== "step_parked") continue;
      retryAt = event.until;
      break;
    }
    await kill(first);
    const { status } = await place.resume(runId);
    const { view } = RunReader.open(engine.storage, runId).catchUp();
    const { startedAt = 0, failureCount } = view.step("quota") ?? {};
    expect([status, failureCount, startedAt >= (retryAt ?? Number.MAX_VALUE)]).toEqual([
      "completed",
      0,
      true,
    ]);
  });
});

describe("kill -9 within a fan-out", () => {
  test("repeats the attempt of the item in flight alone, in the middle of its chain", async () => {
    const place = new Place("items");
    const runId = await place.startAndKill(
      `id: items
steps:
  - id: build
    foreach: [a, b, c]
    concurrency: 1
    steps:
      - { id: make, agentId: worker, task: "make \${{ item }}" }
      - { id: test, agentId: worker, task: "\${{ if(item == 'b', 'hang', 'go') }}", dependencies: [make] }
    outputs: { made: "\${{ steps.make.output }}", tested: "\${{ steps.test.output }}" }
`,
      "build[b].test",
    );
    const { status, results } = await place.resume(runId);
    const both = (key: string) => ({ made: `build[${key}].make`, tested: `build[${key}].test` });
    expect([status, results]).toEqual(["completed", { build: [both("a"), both("b"), both("c")] }]);
    expect(place.launched).toEqual([
      "build[a].make/1",
      "build[a].test/1",
      "build[b].make/1",
      "build[b].test/1",
      "build[b].test/2",
      "build[c].make/1",
      "build[c].test/1",
    ]);
  });
});

describe("kill -9 within a loop", () => {
  test("repeats the attempt in flight of the round alone", async () => {
    const place = new Place("round");
    const runId = await place.startAndKill(
      `id: round
steps:
  - id: fix
    loop: { max: 3, until: "round == 3" }
    steps:
      - { id: edit, agentId: worker, task: "round \${{ round }}" }
      - { id: test, agentId: worker, task: "\${{ if(round == 2, 'hang', 'go') }}", dependencies: [edit] }
`,
      "fix#2.test",
    );
    const { status } = await place.resume(runId);
    expect([status, place.launched]).toEqual([
      "completed",
      [
        "fix#1.edit/1",
        "fix#1.test/1",
        "fix#2.edit/1",
        "fix#2.test/1",
        "fix#2.test/2",
        "fix#3.edit/1",
        "fix#3.test/1",
      ],
    ]);
  });

  test("between two rounds repeats no round, and the next one begins when it is due", async () => {
    const place = new Place("pause");
    const first = place.launch(
      "start",
      `id: pause
steps:
  - { id: poll, agentId: worker, task: "round \${{ round }}", loop: { max: 2, every: 1s } }
`,
    );
    const runId = await first.line("run ");
    const engine = await place.open();
    const reader = RunReader.open(engine.storage, runId);
    await vi.waitFor(() => {
      expect(reader.catchUp().view.step("poll#1")?.status).toBe("completed");
    });
    await kill(first);
    await engine.close();
    const { status } = await place.resume(runId);
    expect([status, place.launched]).toEqual(["completed", ["poll#1/1", "poll#2/1"]]);
  });
});
