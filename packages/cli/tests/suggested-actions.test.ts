import { rmSync } from "node:fs";
import { join } from "node:path";
import { ERROR_KINDS, type SuggestedAction, WorkflowError } from "@automatosx/workflow/errors";
import { describe, expect, test } from "vitest";
import { axw, type Command, commandText, type Verb } from "../src/command.js";
import type { Invocation } from "../src/invocation.js";
import type { NextLine } from "../src/next/actions.js";
import { nextAfterError } from "../src/next/after-error.js";
import { buildProgram } from "../src/program.js";
import { asCoded } from "../src/render/error.js";
import { UsageError } from "../src/UsageError.js";
import { CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const FLOW = workflow("  - {id: one, agentId: sh, task: one, checkpoint: early}\n");
const FAILING = workflow("  - {id: one, agentId: bad, task: one}\n");

const ACTIONS: readonly SuggestedAction["action"][] = [
  ...new Set([
    ...Object.values(ERROR_KINDS).map(({ action }) => action),
    "salvage_database" as const,
    "give_context" as const,
    "start_run" as const,
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

function lineFor(
  folder: Folder,
  error: WorkflowError | UsageError,
  invocation: Invocation,
): Promise<NextLine> {
  return nextAfterError(asCoded(error), invocation, new FakeIo({ cwd: folder.path }));
}

// The words in capitals are placeholders for the reader to replace.
function typed(command: Command, db: string | undefined): string[] {
  const words = commandText(command, "axw", db === undefined ? {} : { db })
    .replace("'my runs.db'", "my_runs.db")
    .split(" ");
  return words.slice(1).map((word) => {
    if (word === "FILE") return "flow.yaml";
    if (word === "NAME=VALUE") return "name=value";
    return word === "my_runs.db" ? "my runs.db" : word;
  });
}

/** The refusal of a command; null if it is understood. */
async function refusalOf(folder: Folder, args: readonly string[]): Promise<string | null> {
  const { stderr } = await folder.here(args);
  if (folder.has(".ax/salvaged.db")) rmSync(join(folder.path, ".ax/salvaged.db"));
  if (folder.has("salvaged.db")) rmSync(join(folder.path, "salvaged.db"));
  const refusal = /^error {2}(\S+) {2}(.*)$/m.exec(stderr);
  // The workflow declares no inputs.
  return refusal === null || refusal[1] === "invalid_input" ? null : refusal[0];
}

describe("the command for an action that an error suggests", () => {
  test.each(ACTIONS)("is accepted as printed, after any invocation: %s", async (action) => {
    const folder = new Folder({ "flow.yaml": FLOW, "failing.yaml": FAILING });
    for (const invocation of INVOCATIONS) {
      const { db } = invocation;
      const flags = db === undefined ? [] : ["--db", db];
      // A failed run can be shown, resumed and listed; each database has one.
      await folder.here(["run", "failing.yaml", ...flags]);
      const [run] = ndjson((await folder.here(["list", "--json", ...flags])).stdout);
      for (const runId of [undefined, String(run?.["runId"])]) {
        const suggestion = { action, ...(runId !== undefined && { runId }) };
        const error = new WorkflowError("internal", "no", { suggestion });
        const args = typed(await lineFor(folder, error, invocation), db);
        expect({ args, refusal: await refusalOf(folder, args) }).toEqual({ args, refusal: null });
      }
    }
  });

  test.each([
    ["completed", "flow.yaml", undefined],
    ["failed", "failing.yaml", undefined],
    ["paused", "waiting.yaml", "pause"],
    ["cancelled", "waiting.yaml", "cancel"],
    ["orphaned", "waiting.yaml", undefined],
  ])(
    "is accepted as printed, and repeats no finished step, while the run is %s",
    async (_, file, verb) => {
      const folder = new Folder({
        "flow.yaml": FLOW,
        "failing.yaml": FAILING,
        "waiting.yaml": CHAIN,
      });
      const run = folder.start(["run", file, "--run-id", "job"]);
      if (file === "waiting.yaml") {
        await folder.untilLaunched(2);
        run.child.kill("SIGKILL");
      }
      await run.ended;
      if (verb !== undefined) await folder.here([verb, "job"]);
      folder.write("go");
      const finished = folder.launches()[0];
      for (const action of ACTIONS) {
        const suggestion = { action, runId: "job" };
        const error = new WorkflowError("internal", "no", { suggestion });
        const args = typed(await lineFor(folder, error, { json: false }), undefined);
        const before = folder.launches().length;
        const refusal = await refusalOf(folder, args);
        const repeated = args[0] === "resume" && folder.launches().slice(before).includes("one");
        expect({ action, args, refusal, repeated: repeated && finished === "one" }).toEqual({
          action,
          args,
          refusal: null,
          repeated: file === "failing.yaml" && args[0] === "resume",
        });
      }
    },
    30_000,
  );

  test("contains the run id from the error and the invocation's file and database", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    for (const db of [".ax/workflow.db", "a.db"])
      await folder.here(["run", "flow.yaml", "--run-id", "nightly", "--db", db]);
    const run = { verb: "run", operand: "my flow.yaml", db: "a.db", json: false } as const;
    const resume = { verb: "resume", operand: "abc123", json: false } as const;
    const lines = await Promise.all(
      (
        [
          [new WorkflowError("event_refused", "no", { runId: "nightly" }), run],
          [new WorkflowError("event_refused", "no", { runId: "nightly" }), resume],
          [new WorkflowError("event_refused", "no", { runId: "unknown" }), resume],
          [new WorkflowError("event_refused", "no"), resume],
          [new WorkflowError("invalid_input", "no"), run],
          [new WorkflowError("unknown_agent", "no"), run],
          [new WorkflowError("unknown_agent", "no"), resume],
          [
            new WorkflowError("journal_damaged", "no", {
              suggestion: { action: "salvage_database" },
            }),
            run,
          ],
          [new UsageError("no"), run],
        ] as const
      ).map(async ([error, invocation]) =>
        commandText(await lineFor(folder, error, invocation), "axw", invocation as Invocation),
      ),
    );
    expect(lines).toEqual([
      "axw show nightly --db a.db",
      "axw show nightly",
      "axw list",
      "axw list",
      "axw run 'my flow.yaml' --input NAME=VALUE --db a.db",
      "axw agents 'my flow.yaml'",
      "axw agents",
      "axw doctor --salvage salvaged.db --db a.db",
      "axw run --help",
    ]);
  });
});

describe("a verb", () => {
  test("has --db in a next command if and only if it accepts that flag", () => {
    const program = buildProgram(
      new FakeIo({ cwd: "." }),
      () => "1.0.0",
      () => undefined,
    );
    const verbs = program.commands.filter((command) => command.name() !== "help");
    const byFlag = verbs.map((verb) => {
      const parts = [verb, ...verb.commands];
      return [verb.name(), parts.some((part) => part.options.some(({ long }) => long === "--db"))];
    });
    const byTable = verbs.map((verb) => {
      const name = verb.name() as Verb;
      return [name, commandText(axw(name), "axw", { db: "a.db" }).endsWith(" --db a.db")];
    });
    expect(byTable).toEqual(byFlag);
  });
});
