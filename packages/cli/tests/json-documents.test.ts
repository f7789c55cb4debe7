import { join } from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { withWholeMs } from "../src/json/whole-ms.js";
import { buildProgram } from "../src/program.js";
import { Folder, ndjson, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const STEPS = workflow(`  - {id: one, agentId: data, task: one, timeout: 90s, checkpoint: first}
  - {id: flaky, agentId: flaky, task: two, dependencies: [one], retry: {max: 1, backoff: 7ms}}
  - {id: last, agentId: bad, task: three, dependencies: [flaky], estimate: 1.5s}
`).replace(
  "agents:",
  `inputs: {at: {type: number}}
context: {dueAt: 2.25}
agents:
  data: {command: [printf, '{"at": 0.5, "durationMs": 1.25, "startTime": 1}'], output: json}
  flaky: {command: [sh, -c, 'if [ -e ok ]; then echo fine; else touch ok; echo no >&2; exit 1; fi']}`,
);

/**
 * A command for each way of printing documents. They are typed in this order, each with `--json`.
 * `RUN` fails; then another machine owns `OWNED`, for a time that is not a whole number of ms.
 */
const COMMANDS = [
  ["validate", "flow.yaml"],
  ["plan", "flow.yaml"],
  ["agents"],
  ["agents", "flow.yaml"],
  ["simulate", "flow.yaml", "--seed", "3"],
  ["simulate", "flow.yaml", "--seeds", "2"],
  ["test", "flow.test.yaml"],
  ["run", "flow.yaml", "--input", "at=1.5", "--run-id", "RUN"],
  ["run", "flow.yaml", "--input", "at=1.5", "--run-id", "OWNED"],
  ["resume", "RUN"],
  ["resume", "none"],
  ["watch", "RUN"],
  ["list"],
  ["show", "RUN"],
  ["show", "OWNED"],
  ["logs", "RUN"],
  ["events", "RUN"],
  ["events", "RUN", "--all"],
  ["why", "RUN", "last"],
  ["run", "waits.yaml", "--run-id", "WAITS", "--no-ask"],
  ["gates"],
  ["show", "WAITS"],
  ["why", "WAITS", "deployed"],
  ["approve", "WAITS", "review", "--no-resume"],
  ["reject", "WAITS", "other", "--no-resume"],
  ["signal", "WAITS", "deployed", "--data", "{}"],
  ["answer", "WAITS", "review", "--done"],
  ["resume", "WAITS", "--budget", "launches=9"],
  ["edit-output", "WAITS", "review", "edited.json"],
  ["plan", "waits.yaml", "--run", "WAITS"],
  ["retry", "WAITS", "--step", "timed", "--no-resume"],
  ["amend", "WAITS", "waits.yaml", "--no-resume"],
  ["amend", "WAITS", "waits.yaml", "--dry-run"],
  ["why", "WAITS"],
  ["fork", "WAITS", "--run-id", "FORK"],
  ["events", "WAITS"],
  ["checkpoint", "create", "RUN", "--name", "second"],
  ["checkpoint", "list", "RUN"],
  ["doctor", "--verify"],
  ["doctor", "--salvage", "salvaged.db"],
  ["backup", "copy.db"],
  ["gc", "--keep", "0", "--dry-run"],
  ["gc", "--checkpoints", "1"],
  ["gc", "--vacuum", "--dry-run"],
  ["backend", "check"],
];

/** A run that waits in every way, with every limit of time and money. */
const WAITS = `id: waits
budget: { launches: 5, wall: 1h }
agents: { quick: { command: [echo, hi] } }
steps:
  - { id: review, gate: { ask: Go?, expires: 1h } }
  - { id: other, gate: { ask: And this?, onReject: continue } }
  - { id: deployed, wait: { signal: deployed, timeout: 2h } }
  - id: timed
    agentId: quick
    task: x
    timeout: { attempt: 1m, idle: 30s, total: 2m }
    check: { run: [node, -e, "process.exit(0)"], timeout: 1m }
`;

/** The output of a gate. */
const EDITED = '{"approved": true, "note": "edited"}';

/** A case that fails, so that its mismatches are printed. */
const TEST = `workflow: flow.yaml
cases:
  - id: flow
    inputs: { at: 1.5 }
    agents: { "*": { echo: true } }
    expect: { status: paused, elapsed: 1s }
`;

const ELSEWHERE = { ownerId: "x", host: "far", machine: "far/boot", pid: 7, processStart: "s" };

type Document = Readonly<Record<string, unknown>>;

/** What each command prints, by its words. */
async function printAll(): Promise<ReadonlyMap<string, readonly Document[]>> {
  const folder = new Folder({
    "flow.yaml": STEPS,
    "flow.test.yaml": TEST,
    "waits.yaml": WAITS,
    "edited.json": EDITED,
  });
  const printed = new Map<string, readonly Document[]>();
  for (const command of COMMANDS) {
    const { stdout } = await folder.here([...command, "--json"]);
    printed.set(command.join(" "), ndjson(stdout));
    if (command.at(-1) !== "OWNED" || command[0] !== "run") continue;
    const storage = openSqliteStorage({ path: join(folder.path, ".ax/workflow.db") });
    const lease = { now: Date.now(), leaseUntil: Date.now() + 3_600_000.25, isDead: () => true };
    storage.acquireLease({ runId: "OWNED", owner: ELSEWHERE, ...lease });
    storage.close();
  }
  return printed;
}

let all: ReturnType<typeof printAll> | undefined;

async function printed(command?: string): Promise<readonly Document[]> {
  all ??= printAll();
  const documents = await all;
  return command === undefined
    ? [...documents.values()].flat()
    : (documents.get(command) ?? [{ type: "nothing" }]);
}

/** Names of instants and durations that do not say which they are, or in which unit. */
const VAGUE = /(^|[a-z])(time|timestamp|date|duration|timeout|estimate|until|seconds|millis)$/i;

const USER_VALUES = ["inputs", "context", "result", "results"];

/** Every member of a document, except within values of users and agents. */
function* members(value: unknown, path = ""): Generator<readonly [path: string, value: unknown]> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield [`${path}/${name}`, member];
    if (!USER_VALUES.includes(name)) yield* members(member, `${path}/${name}`);
  }
}

async function allMembers() {
  return (await printed()).flatMap((document) => [...members(document)]);
}

describe("--json", () => {
  test("is tried here for every command that has it", () => {
    const program = buildProgram(
      new FakeIo({ cwd: "." }),
      () => "0",
      () => undefined,
    );
    const verbs = program.commands.flatMap((command) =>
      [command, ...command.commands].flatMap((each) =>
        each.options.some(({ long }) => long === "--json")
          ? [each === command ? each.name() : `${command.name()} ${each.name()}`]
          : [],
      ),
    );
    // `result` prints the value of an agent alone, exactly, and `worker` runs until a signal ends it.
    const typed = [...COMMANDS.map((command) => command.join(" ")), "result", "worker"];
    expect(verbs.filter((verb) => !typed.some((words) => `${words} `.startsWith(verb)))).toEqual(
      [],
    );
  });

  test("prints documents with `schemaVersion` 2", async () => {
    expect((await printed()).filter(({ schemaVersion }) => schemaVersion !== 2)).toEqual([]);
  });

  test("names every instant `at` or `…At` and every duration `…Ms`", async () => {
    const names = (await allMembers()).map(([path]) => path.split("/").at(-1) ?? "");
    // A key of workflow files: what happens then.
    const vague = names.filter((name) => name !== "onTimeout" && VAGUE.test(name));
    expect(vague).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining(["leaseExpiresAt", "startedAt", "dueAt", "delayMs", "timeoutMs"]),
    );
  });

  test("prints whole numbers, except factors, shares and percentages", async () => {
    const numbers = (await allMembers()).filter(([, value]) => typeof value === "number");
    const whole = numbers.filter(([path]) => !/(factor|share|rate|percent)$/i.test(path));
    expect(whole.filter(([, value]) => !Number.isInteger(value))).toEqual([]);
  });

  test("prints the values of users and agents as they are", async () => {
    const result = { at: 0.5, durationMs: 1.25, startTime: 1 };
    const [shown] = await printed("show RUN");
    expect(shown).toMatchObject({
      run: { inputs: { at: 1.5 }, context: { dueAt: 2.25 } },
      results: { one: result },
      steps: [{ id: "one", result }, {}, {}],
    });
    expect(
      (await printed("events RUN")).find(({ type }) => type === "step_completed"),
    ).toMatchObject({ result });
  });

  test("gives an event the same number in run, resume, watch, events and events --all", async () => {
    const live = [
      ...(await printed("run flow.yaml --input at=1.5 --run-id RUN")),
      ...(await printed("resume RUN")),
    ].filter(({ type }) => type !== "run_ending");
    const [stored, complete] = [await printed("events RUN"), await printed("events RUN --all")];
    expect(stored).toEqual(live);
    expect((await printed("watch RUN")).slice(0, -1)).toEqual(stored);
    expect(complete.map(({ seq }) => seq)).toEqual(complete.map((_, index) => index + 1));
    const withoutState = ({ state: _, ...event }: Document) => event;
    const numbers = new Set(stored.map(({ seq }) => seq));
    expect(complete.filter(({ seq }) => numbers.has(seq)).map(withoutState)).toEqual(
      stored.map(withoutState),
    );
  });

  test("prints no internal state unless --all is given", async () => {
    const states = async (command: string) =>
      (await printed(command)).flatMap(({ type, status, state }) =>
        type === "run_state" ? [[status, state]] : [],
      );
    expect(await states("events RUN")).toEqual([
      ["failed", "failed"],
      ["running", undefined],
      ["failed", "failed"],
    ]);
    expect(await states("events RUN --all")).toEqual(
      expect.arrayContaining([["running", "awaiting_completion"]]),
    );
  });
});

describe("withWholeMs", () => {
  test("rounds numbers by the name of the member that contains them", () => {
    const exact = {
      at: 1.5,
      createdAt: 2.4,
      factor: 1.5,
      item: { delayMs: 0.5, what: "3.5", rateMs: { min: 1.2, all: [2.6, "2.6"] } },
      that: 0.5,
      ms: 0.5,
    };
    expect(withWholeMs(exact)).toEqual({
      at: 2,
      createdAt: 2,
      factor: 1.5,
      item: { delayMs: 1, what: "3.5", rateMs: { min: 1, all: [3, "2.6"] } },
      that: 0.5,
      ms: 0.5,
    });
    expect(exact.at).toBe(1.5);
  });
});
