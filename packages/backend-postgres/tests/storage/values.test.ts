import { describe, expect, test } from "vitest";
import { openPostgresStorage } from "../../src/index.js";
import { toWorkflowError } from "../../src/storage/connection/database-error.js";
import { decodeText, encodeText } from "../../src/storage/connection/text-codec.js";
import { begin, beginning, seqsOf, turn, until } from "../support/commits.js";
import { query } from "../support/empty-tables.js";
import { sharedServer } from "../support/server.js";

const TEXTS = ["", "a\0b", "\ud800", "x\udfff\ud83d", "\u001a", "\u001a0000\0", "ü🙂\u2028"];

describe("PostgresStorage", () => {
  const server = sharedServer();
  const open = async (url = server.current.createDatabase()) =>
    openPostgresStorage({ url, waitMs: 20_000, answerMs: 20_000 });

  test("keeps texts that PostgreSQL refuses, and the hash chain over them", async () => {
    const storage = await open();
    begin(storage, "r1");
    const at = { runId: "r1", stepId: "a", attemptNumber: 1, stream: "stdout", at: 1 } as const;
    const payload = JSON.stringify({ texts: TEXTS });
    storage.commit(
      turn(
        "r1",
        [1],
        {
          entries: [{ runId: "r1", seq: 1, type: "steps_scheduled", at: 1, payload }],
          run: {
            state: "failed",
            status: "failed",
            updatedAt: 2,
            finishedAt: 2,
            error: TEXTS.join("|"),
          },
        },
        TEXTS.filter((text) => text !== "").map((text) => ({ ...at, text })),
      ),
    );
    expect([...storage.readJournal("r1")].map((entry) => entry.payload)).toEqual([payload]);
    expect(storage.getRun("r1")?.error).toBe(TEXTS.join("|"));
    expect(storage.readLogs("r1").map(({ text }) => text)).toEqual(TEXTS.slice(1));
    expect(storage.lastLogs("r1", "a", 9, 2).map(({ text }) => text)).toEqual(
      TEXTS.slice(1).map((text) => Array.from(text).slice(-2).join("")),
    );
    expect(TEXTS.map((text) => decodeText(encodeText(text)))).toEqual(TEXTS);
    storage.close();
  });

  test("keeps a result of 30 MB", async () => {
    const storage = await open();
    begin(storage, "r1");
    const content = JSON.stringify("ü\\n0123456789".repeat(2_000_000));
    await storage.asynchronous.commit({
      ...turn("r1", [1]),
      artifacts: [{ sha256: "c".repeat(64), content }],
    });
    const found = storage.getArtifact("c".repeat(64));
    expect([Buffer.byteLength(content) > 30_000_000, found === content]).toEqual([true, true]);
    storage.close();
  });

  test("finds a changed row of the journal by its hash", async () => {
    const url = server.current.createDatabase();
    const storage = await open(url);
    begin(storage, "r1");
    storage.commit(turn("r1", [1, 2, 3]));
    await query(url, "UPDATE axw.workflow_journal SET payload = '{}' WHERE seq = 2");
    expect(() => seqsOf(storage, "r1")).toThrow(
      expect.objectContaining({ code: "journal_damaged", runId: "r1" }),
    );
    await query(url, "DELETE FROM axw.workflow_journal WHERE seq > 1");
    expect(() => seqsOf(storage, "r1")).toThrow(/missing, but the run had 3 entries/);
    await query(
      url,
      "UPDATE axw.workflow_runs SET inputs = '{}', context = '{}', workflow_id = 'x'",
    );
    expect(() => storage.getRun("r1")).toThrow(
      expect.objectContaining({ code: "journal_damaged" }),
    );
    storage.close();
  });

  test("tells other connections of commits and commands, and not of its own", async () => {
    const url = server.current.createDatabase();
    const [writer, reader] = [await open(url), await open(url)];
    const told = { writer: 0, reader: 0 };
    const ends = [
      writer.onChange(() => (told.writer += 1)),
      reader.onChange(() => (told.reader += 1)),
    ];
    // Each hears that it is connected.
    await until(() => told.writer === 1 && told.reader === 1, "both listen");
    const version = reader.dataVersion();
    begin(writer, "r1");
    await until(() => told.reader === 2, "the reader hears of the run");
    await writer.asynchronous.commit(turn("r1", [1]));
    await writer.asynchronous.commit(turn("r1", [2]));
    await until(() => told.reader > 2, "the reader hears of the entries");
    const heard = told.writer;
    reader.sendCommand({ runId: "r1", verb: "pause", argument: "{}", sentAt: 1 });
    await until(() => told.writer > heard, "the owner hears of the command");
    const [command] = await writer.asynchronous.pendingCommands("engine-1");
    await writer.asynchronous.answerCommand(command?.commandId ?? 0, "ok:", 2);
    expect([
      heard,
      reader.dataVersion() > version,
      reader.commandAnswer(command?.commandId ?? 0),
    ]).toEqual([1, true, "ok:"]);
    for (const end of ends) end();
    writer.close();
    reader.close();
  });

  test("says of a commit whether it may have left a run to claim", async () => {
    const url = server.current.createDatabase();
    const [writer, reader] = [await open(url), await open(url)];
    const heard: (boolean | undefined)[] = [];
    const end = reader.onChange((mayBeClaimable) => heard.push(mayBeClaimable));
    await until(() => heard.length === 1, "it listens");
    begin(writer, "r1");
    await until(() => heard.length === 2, "a run with an owner");
    const queued = beginning("r2").newRuns.map(({ owner: _, leaseUntil: __, ...run }) => run);
    writer.commit({ ...beginning("r2"), newRuns: queued });
    await until(() => heard.length === 3, "a run without an owner");
    writer.releaseLease("r1", 1);
    await until(() => heard.length === 4, "a released run");
    expect(heard).toEqual([undefined, false, true, true]);
    end();
    writer.close();
    reader.close();
  });

  test("does not keep a process waiting for a server that has gone", async () => {
    const url = server.current.createDatabase();
    const storage = await openPostgresStorage({ url, waitMs: 200, answerMs: 300 });
    begin(storage, "r1");
    await server.current.kill();
    const startedAt = performance.now();
    const codes = Array.from({ length: 20 }, () => {
      try {
        storage.getRun("r1");
        return "answered";
      } catch (error) {
        return (error as { readonly code: string }).code;
      }
    });
    const blockedMs = performance.now() - startedAt;
    const renewal = storage.asynchronous.renewLeases("engine-1", ["r1"], Date.now() + 1000);
    await expect(renewal).rejects.toMatchObject({ code: "database_busy" });
    await server.current.restart();
    await until(() => {
      try {
        return storage.getRun("r1") !== undefined;
      } catch {
        return false;
      }
    }, "the server answers again");
    expect([new Set(codes), blockedMs < 1_000]).toEqual([new Set(["database_busy"]), true]);
    storage.close();
  });
});

const DB = { name: "db", readOnly: false };

describe("toWorkflowError", () => {
  const codeOf = (code: string): string => toWorkflowError(DB, { code, message: "m" }).code;
  test("gives an error of the server the code that says what to do", () => {
    expect(
      [
        "ECONNREFUSED",
        "57P01",
        "53300",
        "40P01",
        "57014",
        "53100",
        "23505",
        "28P01",
        "42P01",
        "XX001",
      ].map(codeOf),
    ).toEqual([
      ...Array.from({ length: 5 }, () => "database_busy"),
      "database_full",
      "internal",
      ...Array.from({ length: 3 }, () => "database_unusable"),
    ]);
  });
  test("names the run of a refused row", () => {
    const error = toWorkflowError(DB, {
      code: "23505",
      message: "duplicate key",
      detail: "Key (run_id, seq)=(r1, 2) already exists.",
    });
    expect(error.runId).toBe("r1");
  });
});
