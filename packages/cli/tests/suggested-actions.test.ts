import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ERROR_KINDS, WorkflowError, type WorkflowErrorCode } from "@automatosx/workflow/errors";
import { beforeEach, describe, expect, test } from "vitest";
import { axw, type Command, commandText, type Verb } from "../src/command.js";
import type { Invocation } from "../src/invocation.js";
import { commandFor, nextCommand } from "../src/next-command.js";
import { buildProgram } from "../src/program.js";
import { asCoded } from "../src/render/error.js";
import { UsageError } from "../src/UsageError.js";
import { Folder, ndjson, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const FLOW = workflow("  - {id: one, agentId: sh, task: one, checkpoint: early}\n");
const FAILING = workflow("  - {id: one, agentId: bad, task: one}\n");

type Action =
  | (typeof ERROR_KINDS)[WorkflowErrorCode]["action"]
  | "salvage_database"
  | "give_context";
const ACTIONS = [
  ...new Set<Action>([
    ...Object.values(ERROR_KINDS).map(({ action }) => action),
    "salvage_database",
    "give_context",
  ]),
];

/** The command typed before the error, in each form that changes the next command. */
const INVOCATIONS: readonly Invocation[] = [
  { json: false },
  { verb: "run", operand: "flow.yaml", json: false },
  { verb: "run", operand: "flow.yaml", db: "my runs.db", json: false },
  { verb: "validate", operand: "flow.yaml", json: false },
  { verb: "resume", operand: "abc123", json: false },
  { verb: "list", db: "my runs.db", json: false },
];

describe("the command for a suggested action", () => {
  let folder: Folder;
  const runs = new Map<string | undefined, string>();

  beforeEach(async () => {
    folder = new Folder({ "flow.yaml": FLOW, "failing.yaml": FAILING });
    // A failed run can be shown, resumed and listed; each database has one.
    for (const db of [undefined, "my runs.db"]) {
      const flags = db === undefined ? [] : ["--db", db];
      await folder.here(["run", "failing.yaml", ...flags]);
      const [run] = ndjson((await folder.here(["list", "--json", ...flags])).stdout);
      runs.set(db, String(run?.["runId"]));
    }
  });

  // The words in capitals are placeholders for the reader to replace.
  function typed(command: Command, db: string | undefined): string[] {
    const words = commandText(command, "axw", db).replace("'my runs.db'", "my_runs.db").split(" ");
    return words.slice(1).map((word) => {
      if (word === "FILE") return "flow.yaml";
      if (word === "NAME=VALUE") return "name=value";
      return word === "my_runs.db" ? "my runs.db" : word;
    });
  }

  test.each(ACTIONS)("is accepted as printed, after any invocation: %s", async (action) => {
    for (const invocation of INVOCATIONS) {
      for (const runId of [undefined, runs.get(invocation.db)]) {
        const command = await commandFor(action, runId, invocation);
        const args = typed(command, invocation.db);
        const { stderr } = await folder.here(args);
        if (existsSync(join(folder.path, "NEW.db"))) rmSync(join(folder.path, "NEW.db"));
        const refusal = /^error {2}(\S+) {2}(.*)$/m.exec(stderr);
        // The workflow declares no inputs.
        const isUnderstood = refusal === null || refusal[1] === "invalid_input";
        expect({ args, refusal: isUnderstood ? null : refusal[0] }).toEqual({
          args,
          refusal: null,
        });
      }
    }
  });

  test("contains the run id from the error and the invocation's file and database", async () => {
    const run = { verb: "run", operand: "my flow.yaml", db: "a.db", json: false } as const;
    const resume = { verb: "resume", operand: "abc123", json: false } as const;
    const id = "018f2a10-0000-7000-8000-0000000abc12";
    const lines = await Promise.all(
      [
        [new WorkflowError("event_refused", "no", { runId: id }), run],
        [new WorkflowError("event_refused", "no", { runId: "nightly" }), resume],
        [new WorkflowError("event_refused", "no"), resume],
        [new WorkflowError("invalid_input", "no"), run],
        [new WorkflowError("unknown_agent", "no"), run],
        [new WorkflowError("unknown_agent", "no"), resume],
        [new WorkflowError("checkpoint_not_found", "no", { runId: id }), resume],
        [
          new WorkflowError("journal_damaged", "no", {
            suggestion: { action: "salvage_database" },
          }),
          run,
        ],
        [new UsageError("no"), run],
      ].map(async ([error, invocation]) =>
        commandText(
          await nextCommand(asCoded(error), invocation as Invocation),
          "axw",
          (invocation as Invocation).db,
        ),
      ),
    );
    expect(lines).toEqual([
      "axw show 0abc12 --db a.db",
      "axw show nightly",
      "axw list",
      "axw run 'my flow.yaml' --input NAME=VALUE --db a.db",
      "axw agents 'my flow.yaml'",
      "axw agents",
      "axw checkpoint list 0abc12",
      "axw doctor --salvage NEW.db --db a.db",
      "axw run --help",
    ]);
  });
});

describe("a verb", () => {
  test("has --db in a next command if and only if it accepts that flag", () => {
    const program = buildProgram(new FakeIo({ cwd: "." }), "1.0.0", () => undefined);
    const verbs = program.commands.filter((command) => command.name() !== "help");
    const byFlag = verbs.map((verb) => {
      const parts = [verb, ...verb.commands];
      return [verb.name(), parts.some((part) => part.options.some(({ long }) => long === "--db"))];
    });
    const byTable = verbs.map((verb) => {
      const name = verb.name() as Verb;
      return [name, commandText(axw(name), "axw", "a.db").endsWith(" --db a.db")];
    });
    expect(byTable).toEqual(byFlag);
  });
});
