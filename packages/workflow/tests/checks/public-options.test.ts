import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ENGINE_CHECKS,
  EVENTS_CHECKS,
  PAUSE_CHECKS,
  START_CHECKS,
} from "../../src/engine/engine-option-checks.js";
import {
  applyRetention,
  CheckpointManager,
  findRun,
  followRun,
  listRuns,
  openSqliteStorage,
  prepareWorkflow,
  prepareWorkflowFile,
  RunReader,
  readFormat,
  WorkflowEngine,
  WorkflowParser,
} from "../../src/index.js";
import { POLICY_CHECKS } from "../../src/retention/retention-checks.js";
import { backUpDatabase, salvageDatabase } from "../../src/salvage/index.js";
import { RUN_FILTER_CHECKS } from "../../src/storage/run-filter-check.js";
import { SqliteTables } from "../../src/storage/sqlite/SqliteTables.js";

const HELLO = { id: "w", steps: [{ id: "a", agentId: "a", task: "a" }] };

/** Values that some option might take by mistake. Each option below lists those that it accepts. */
const VALUES: Readonly<Record<string, unknown>> = {
  null: null,
  "the number 0": 0,
  "-1": -1,
  "1.5": 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "no text": "",
  "a word": "nonsense",
  "a number as text": "2",
  true: true,
  "a bigint": 1n,
  "a symbol": Symbol("s"),
  "an array": [],
  "an object": {},
  "an object with a wrong member": { nonsense: "many" },
  "a function": () => undefined,
  "a Map": new Map(),
  "a Set": new Set(),
  "a Date": new Date(0),
  "a Buffer": Buffer.from("x"),
  "a URL": new URL("file:///nowhere/x.db"),
  "a promise": Promise.resolve({}),
  "half a signal": { aborted: false, throwIfAborted: () => undefined },
};

const OBJECTS = ["an object", "an object with a wrong member", "half a signal"];
const COUNTS = ["the number 0"];
const AMOUNTS = ["the number 0", "1.5"];
const PATHS = ["a word", "a number as text"];

/** The values that each option accepts; every other value must be refused. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  database: PATHS,
  storage: [],
  durability: [],
  agents: ["an object"],
  agentFactory: ["a function"],
  secrets: ["a function"],
  onAsk: ["a function"],
  checkpoint: ["an object"],
  executes: ["true"],
  recover: ["true"],
  isChild: ["true"],
  retention: [],
  abandonAfterMs: AMOUNTS,
  ports: ["an object"],
  concurrency: ["Infinity"],
  agentConcurrency: ["an object"],
  runId: PATHS,
  format: [],
  inputs: OBJECTS,
  context: OBJECTS,
  startedFrom: ["an object"],
  signal: [],
  afterSeq: COUNTS,
  slots: [],
  pollMs: ["1.5"],
  onRun: ["a function"],
  onProblem: ["a function"],
  stopAgents: ["true"],
  status: [],
  workflowId: PATHS,
  limit: COUNTS,
  isDryRun: ["true"],
  onRemoved: ["a function"],
  clock: [],
  path: PATHS,
  readOnly: ["true"],
  create: ["true"],
  busyTimeoutMs: COUNTS,
  untilChange: ["a function"],
  isLive: ["a function"],
  readFile: ["a function"],
  limits: ["an object"],
  maxSteps: ["Infinity"],
  file: PATHS,
  maxAgeMs: AMOUNTS,
  maxRunCount: AMOUNTS,
  maxBytes: AMOUNTS,
  checkpointsPerRun: [],
};

interface Call {
  /** The options that the call knows. */
  readonly options: readonly string[];
  /** Calls it with these options. */
  readonly call: (given: object) => unknown;
}

const namesOf = (checks: object): string[] => Object.keys(checks);

let folder: string;
let launches = 0;
let engine: WorkflowEngine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "options-"));
  launches = 0;
  engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { a: () => (launches += 1) },
  });
});

afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const CALLS: Readonly<Record<string, Call>> = {
  "WorkflowEngine.open": {
    options: namesOf(ENGINE_CHECKS),
    call: (given) => WorkflowEngine.open({ database: join(folder, "new.db"), ...given }),
  },
  start: { options: namesOf(START_CHECKS), call: (given) => engine.start(HELLO, given) },
  enqueue: {
    options: namesOf(START_CHECKS).filter((name) => name !== "signal"),
    call: (given) => engine.enqueue(HELLO, given),
  },
  work: {
    options: ["slots", "pollMs", "onRun", "onProblem"],
    call: (given) => engine.work({ slots: 1, ...given }),
  },
  "events of an engine": {
    options: namesOf(EVENTS_CHECKS),
    call: (given) => engine.events("x", given),
  },
  journal: {
    options: namesOf(EVENTS_CHECKS),
    call: (given) => engine.journal("x", given)[Symbol.asyncIterator]().next(),
  },
  list: { options: namesOf(RUN_FILTER_CHECKS), call: (given) => engine.list(given) },
  listRuns: {
    options: namesOf(RUN_FILTER_CHECKS),
    call: (given) => listRuns(engine.storage, given),
  },
  followRun: {
    options: ["afterSeq", "untilChange", "isLive", "signal"],
    call: (given) => followRun(engine.storage, "x", given),
  },
  openSqliteStorage: {
    options: ["path", "durability", "readOnly", "create", "busyTimeoutMs"],
    call: (given) => openSqliteStorage({ path: join(folder, "new.db"), ...given }),
  },
  "applyRetention, its policy": {
    options: namesOf(POLICY_CHECKS),
    call: (given) => applyRetention(engine.storage, given),
  },
  "applyRetention, its options": {
    options: ["isDryRun", "onRemoved", "signal", "clock"],
    call: (given) => applyRetention(engine.storage, { maxRunCount: 1 }, given),
  },
  prepareWorkflow: {
    options: ["path", "format", "readFile", "limits"],
    call: (given) => prepareWorkflow(HELLO, given),
  },
  prepareWorkflowFile: {
    options: ["path", "format", "readFile", "limits"],
    call: (given) => prepareWorkflowFile(join(folder, "none.yaml"), given),
  },
  WorkflowParser: {
    options: ["maxSteps", "file", "readFile"],
    call: (given) => new WorkflowParser(given),
  },
  pause: {
    options: namesOf(PAUSE_CHECKS),
    call: async (given) => (await engine.start(HELLO)).pause(given),
  },
};

async function errorOf(call: () => unknown): Promise<{ code?: string; message?: string }> {
  try {
    await call();
    return { message: "nothing was refused" };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { ...(code !== undefined && { code }), message };
  }
}

const cases = Object.entries(CALLS).flatMap(([what, { options, call }]) =>
  options.map((option) => ({ what, option, call })),
);

describe("a public option", () => {
  test.each(cases)("$option of $what is refused by name before anything happens", async (each) => {
    const accepted = ACCEPTED[each.option] ?? [];
    const wrong = Object.entries(VALUES).filter(([name]) => !accepted.includes(name));
    const errors = await Promise.all(
      wrong.map(async ([name, value]) => [
        name,
        await errorOf(() => each.call({ [each.option]: value })),
      ]),
    );
    const named = expect.stringMatching(
      new RegExp(`${each.option}\\b|is not a valid run id|The retention policy has no limit`),
    );
    expect(errors).toEqual(
      wrong.map(([name]) => [name, { code: "invalid_argument", message: named }]),
    );
    expect({ files: readdirSync(folder), runs: (await engine.list()).length, launches }).toEqual({
      files: [],
      runs: each.what === "pause" ? wrong.length : 0,
      launches: each.what === "pause" ? wrong.length : 0,
    });
  });

  test.each(Object.entries(CALLS))(
    "%s refuses an option that it does not have",
    async (_, each) => {
      const [first = ""] = each.options;
      const errors = await Promise.all([
        errorOf(() => each.call({ [`${first}x`]: undefined })),
        errorOf(() => each.call({ nonsense: 1 })),
      ]);
      expect(errors).toEqual([
        {
          code: "invalid_argument",
          message: expect.stringContaining(`has no option \`${first}x\``),
        },
        { code: "invalid_argument", message: expect.stringContaining("has no option `nonsense`") },
      ]);
    },
  );

  test("that is undefined is the same as one that is omitted", async () => {
    const run = await engine.start(
      HELLO,
      Object.fromEntries(namesOf(START_CHECKS).map((name) => [name, undefined])),
    );
    expect((await run.ending).status).toBe("completed");
  });

  test("that cannot be read is refused", async () => {
    const context = {
      get secret(): never {
        throw new Error("no vault");
      },
    };
    await expect(engine.start(HELLO, { context })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "context cannot be read: no vault.",
    });
  });

  test("that is misspelt is refused with the name that was meant", async () => {
    await expect(
      WorkflowEngine.open(Object.fromEntries([["databse", "typo.db"]])),
    ).rejects.toMatchObject({
      code: "invalid_argument",
      message: "`WorkflowEngine.open` has no option `databse`.",
      remedy: "Write `database`.",
    });
    expect(existsSync(".ax/workflow.db")).toBe(false);
  });
});

describe("options that are not an object", () => {
  test.each([null, 5, "text", [], new Map(), () => undefined])("%j are refused", async (given) => {
    const options = given as never;
    const errors = await Promise.all([
      errorOf(() => WorkflowEngine.open(options)),
      errorOf(() => engine.start(HELLO, options)),
      errorOf(() => engine.list(options)),
      errorOf(() => engine.events("x", options)),
      errorOf(() => prepareWorkflow(HELLO, options)),
      errorOf(() => openSqliteStorage(options)),
    ]);
    expect(errors).toEqual(
      errors.map(() => ({
        code: "invalid_argument",
        message: expect.stringContaining("must be an object"),
      })),
    );
    expect((await engine.list()).length).toBe(0);
  });
});

describe("an id that is not text", () => {
  test.each([undefined, null, 5, "", {}, ["x"]])("%j is refused by every method", async (given) => {
    const id = given as never;
    const errors = await Promise.all(
      [
        () => engine.resume(id),
        () => engine.waitForCompletion(id),
        () => engine.pause(id),
        () => engine.cancel(id),
        () => engine.checkpoint(id),
        () => engine.get(id),
        () => engine.events(id),
        () => engine.journal(id)[Symbol.asyncIterator]().next(),
        () => findRun(engine.storage, id),
        () => followRun(engine.storage, id),
      ].map(errorOf),
    );
    expect(errors).toEqual(
      errors.map(() => ({
        code: "invalid_argument",
        message: expect.stringMatching(/^The (run )?id must be text/),
      })),
    );
  });
});

describe("an agent that cannot work", () => {
  test.each([
    [{ execute: () => 1, stopMs: Number.NaN }, "stopMs of agents.a must be a number, 0 or more"],
    [{ execute: () => 1, stopMs: "5s" }, "stopMs of agents.a must be a number, 0 or more"],
    [
      Object.defineProperty({}, "execute", {
        get: () => {
          throw new Error("no module");
        },
      }),
      "agents.a cannot be read: no module.",
    ],
    [{ execute: "run" }, "agents.a must be a function, or an object with the method `execute`"],
    [null, "agents.a must be a function, or an object with the method `execute`; null is not."],
  ])("is refused when the engine opens: %j", async (agent, says) => {
    const opening = WorkflowEngine.open({ database: ":memory:", agents: { a: agent } as never });
    await expect(opening).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(says),
    });
  });

  test("is refused when a factory makes it, before the run is started", async () => {
    await using own = await WorkflowEngine.open({
      database: ":memory:",
      agentFactory: (() => 5) as never,
    });
    const workflow = { ...HELLO, agents: { a: { command: ["cat"] } } };
    await expect(own.start(workflow)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("The agent `a` of `agentFactory` must be a function"),
    });
    expect(await own.list()).toEqual([]);
  });
});

describe("a call that needs its options", () => {
  test.each([
    ["salvageDatabase", () => salvageDatabase({ from: join(folder, "x.db") } as never), "to"],
    ["backUpDatabase", () => backUpDatabase({ to: join(folder, "x.db") } as never), "from"],
    ["openSqliteStorage", () => openSqliteStorage({} as never), "path"],
    ["SqliteTables.open", () => SqliteTables.open({ path: ":memory:" } as never), "owner"],
    ["readFormat", () => readFormat(undefined as never), "The path of the database"],
    ["RunReader.open", () => RunReader.open(engine.storage, 5 as never), "The run id"],
  ])("%s names the one that is missing", async (_, call, name) => {
    expect(await errorOf(call)).toEqual({
      code: "invalid_argument",
      message: expect.stringMatching(new RegExp(`^${name} must be .*(undefined|5) is not\\.$`)),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a command that a run does not know", () => {
  test.each([
    [{ verb: "pause", stopAgent: true }, "The command `pause` has no option `stopAgent`."],
    [{ verb: "pause", stopAgents: 1 }, "stopAgents must be true or false; 1 is not."],
    [{ verb: "checkpoint", name: "a\u200bb" }, "it contains the invisible character U+200B"],
    [{ verb: "cancel", now: true }, "The command `cancel` has no option `now`."],
    [{ verb: "stop" }, "A run has no command `stop`."],
    [null, "A run has no command"],
  ])("is refused: %j", async (command, says) => {
    const outcome = await engine.send("x", command as never);
    expect(outcome).toEqual({
      ok: false,
      code: "invalid_argument",
      message: expect.stringContaining(says),
      remedy: expect.any(String),
    });
  });
});

describe("CheckpointManager", () => {
  test("refuses anything but a storage, and a number of checkpoints that is not whole", () => {
    for (const storage of [undefined, null, {}, "x.db"])
      expect(() => new CheckpointManager(storage as never)).toThrow(
        /The storage must be a storage/,
      );
    for (const keep of [-1, 1.5, Number.NaN, "2", null])
      expect(() => engine.checkpoints.pruneCheckpoints("x", keep as never)).toThrow(
        /keep must be a whole number, 0 or more/,
      );
  });
});
