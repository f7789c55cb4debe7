import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import {
  checkArtifacts,
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
} from "../../src/index.js";
import { decodeFile, type KeptFile } from "../../src/programs/index.js";
import { backUpDatabase, salvageDatabase } from "../../src/salvage/index.js";

const BYTES = Buffer.from([0, 255, 10, 13, 200]);

const WORKFLOW = `
id: files
steps:
  - id: a
    run:
      script: |
        mkdir -p "$AX_RUN_DIR/out"
        printf 'text' > "$AX_RUN_DIR/out/a.txt"
        printf '\\000\\377\\n\\r\\310' > "$AX_RUN_DIR/out/b.bin"
    files: [out/a.txt, out/b.bin]
  - { id: b, dependencies: [a], run: { script: 'test -e "$AX_RUN_DIR/go"' } }
`;

let folder: string;
let database: string;
let runId: string;

// The run has a completed step with two files, and has failed after it.
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "run-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  database = join(folder, "workflow.db");
  await using engine = await WorkflowEngine.open({ database });
  const run = await engine.start(WORKFLOW);
  runId = run.id;
  await run.ending;
});

/** The files of the run as a storage has them, by path. */
function filesIn(storage: StoragePort): Record<string, Buffer | undefined> {
  const entries = [...storage.readJournal(runId)].filter(({ type }) => type === "step_completed");
  const files = entries.flatMap(
    ({ payload }) => (JSON.parse(payload) as { readonly files?: readonly KeptFile[] }).files ?? [],
  );
  return Object.fromEntries(
    files.map(({ path, artifact }) => {
      const stored = storage.getArtifact(artifact);
      return [path, stored === undefined ? undefined : decodeFile(stored)];
    }),
  );
}

const WHOLE = { "out/a.txt": Buffer.from("text"), "out/b.bin": BYTES };

describe("the files of a step", () => {
  test("are in the database byte for byte", () => {
    using storage = closing(openSqliteStorage({ path: database }));
    expect(filesIn(storage)).toEqual(WHOLE);
  });

  test("are in a backup, from which the run continues where it has no directory", async () => {
    const copy = join(folder, "elsewhere", "copy.db");
    await backUpDatabase({ from: database, to: copy });
    await using engine = await WorkflowEngine.open({ database: copy });
    // The first attempt of the step failed because this file was missing.
    const directory = join(folder, "elsewhere", "runs", runId);
    const resumed = await engine.resume(runId);
    await resumed.ending;
    expect([
      readFileSync(join(directory, "out/a.txt"), "utf8"),
      readFileSync(join(directory, "out/b.bin")).equals(BYTES),
    ]).toEqual(["text", true]);
  });

  test("are salvaged with their step", () => {
    const to = join(folder, "salvaged.db");
    const { lost } = salvageDatabase({ from: database, to });
    using storage = closing(openSqliteStorage({ path: to }));
    expect([lost, filesIn(storage)]).toEqual([[], WHOLE]);
  });

  test("are put back byte for byte before a resumed run continues", async () => {
    const directory = join(folder, "runs", runId);
    rmSync(join(directory, "out"), { recursive: true });
    writeFileSync(join(directory, "go"), "");
    await using engine = await WorkflowEngine.open({ database });
    const { status } = await (await engine.resume(runId)).ending;
    expect([status, readFileSync(join(directory, "out/b.bin")).equals(BYTES)]).toEqual([
      "completed",
      true,
    ]);
  });

  test("that are damaged are found by a check, and are not put back", async () => {
    const connection = new Database(database);
    connection.exec(`UPDATE workflow_artifacts SET content = '"changed"' WHERE content = '"text"'`);
    connection.close();
    rmSync(join(folder, "runs", runId, "out"), { recursive: true });
    await using engine = await WorkflowEngine.open({ database });
    const check = () => {
      for (const entry of engine.storage.readJournal(runId)) checkArtifacts(engine.storage, entry);
    };
    expect(check).toThrow("does not match its hash");
    const { status, error } = await (await engine.resume(runId)).ending;
    expect([status, error, existsSync(join(folder, "runs", runId, "out/a.txt"))]).toEqual([
      "failed",
      "step `b` failed: the run's directory cannot be used: the stored content of the file " +
        "`out/a.txt` is damaged",
      false,
    ]);
  });
});

function closing(storage: StoragePort): StoragePort & Disposable {
  return Object.assign(storage, { [Symbol.dispose]: () => storage.close() });
}
