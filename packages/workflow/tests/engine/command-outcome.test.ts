import { describe, expect, test } from "vitest";
import {
  acceptedOrThrow,
  outcomeOfRefusal,
  readOutcome,
  writeOutcome,
} from "../../src/engine/command-outcome.js";
import { ERROR_KINDS, openSqliteStorage, WorkflowError } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

describe("a stored answer", () => {
  test.each([
    [{ ok: true }],
    [{ ok: true, checkpointId: "c" }],
    [{ ok: false, code: "event_refused", message: "No.", remedy: "Wait." }],
  ] as const)("is read back as the outcome %j that was written", (outcome) => {
    expect(readOutcome(writeOutcome(outcome))).toEqual(outcome);
  });

  test.each([
    ["ok:", { ok: true }],
    [
      "ok:01a2b3c4-0000-7000-8000-000000000000",
      { ok: true, checkpointId: "01a2b3c4-0000-7000-8000-000000000000" },
    ],
    ["withdrawn: no answer in time", refused("withdrawn: no answer in time")],
    [
      "Run r cannot pause now: it is `completed`.",
      refused("Run r cannot pause now: it is `completed`."),
    ],
    ["7", refused("7")],
    ["null", refused("null")],
  ])("of an older version, %j, can still be read", (answer, outcome) => {
    expect(readOutcome(answer)).toEqual(outcome);
  });

  test("with an unknown code is read as a refusal", () => {
    expect(readOutcome('{"ok":false,"code":"too_new","message":"No."}')).toEqual(refused("No."));
  });
});

describe("outcomeOfRefusal", () => {
  test("returns a refusal for every error except those of the engine and the database", () => {
    const codes = Object.keys(ERROR_KINDS) as (keyof typeof ERROR_KINDS)[];
    const answered = codes.filter(
      (code) => outcomeOfRefusal(new WorkflowError(code, "No.")) !== undefined,
    );
    expect(codes.filter((code) => !answered.includes(code))).toEqual([
      "checkpoint_damaged",
      "journal_damaged",
      "journal_diverged",
      "database_busy",
      "database_full",
      "database_newer",
      "database_unusable",
      "engine_closed",
      "internal",
    ]);
  });

  test("contains what the sender receives: code, message and remedy", () => {
    const error = new WorkflowError("event_refused", "No.", { runId: "r", remedy: "Wait." });
    const outcome = outcomeOfRefusal(error);
    expect(() => outcome && acceptedOrThrow("r", outcome)).toThrow(
      expect.objectContaining({ ...error, message: "No." }),
    );
  });
});

describe("a command that is sent through the database", () => {
  test("gets a JSON answer: a checkpoint's id, or a code, message and remedy", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(workflow({ a: [] }));
    const { storage } = b.engine;
    const send = (verb: "checkpoint" | "resume"): number =>
      storage.sendCommand({ runId: run.id, verb, argument: "{}", sentAt: b.clock.now() });
    const ids = [send("checkpoint"), send("resume")];
    await b.clock.advance(200);
    const [latest] = b.engine.checkpoints.listCheckpoints(run.id);
    expect(ids.map((id) => JSON.parse(storage.commandAnswer(id) ?? "null") as unknown)).toEqual([
      { ok: true, checkpointId: latest?.checkpointId },
      {
        ok: false,
        code: "event_refused",
        message: `Run ${run.id} cannot resume now: it is \`awaiting_completion\`.`,
        remedy: "Try again when its state has changed.",
      },
    ]);
  });

  test("reports the same error code to a sender in another engine", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    await using owner = await bench({ a: { hangs: true } }, { storage });
    const run = await owner.engine.start(workflow({ a: [] }));
    await using sender = await bench({}, { storage, ports: { clock: owner.clock } });
    const checkpointed = sender.engine.checkpoint(run.id, "x".repeat(201));
    const refusal = expect(checkpointed).rejects.toMatchObject({ code: "invalid_argument" });
    await owner.clock.advance(200);
    await refusal;
  });
});

function refused(message: string): unknown {
  return { ok: false, code: "event_refused", message };
}
