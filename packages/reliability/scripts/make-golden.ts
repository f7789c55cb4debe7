// `node packages/reliability/scripts/make-golden.ts` writes the golden databases of this version,
// with one run of each kind that a later version may encounter, and what this version folds from
// their journals: one of a graph of steps, one of what the language adds, one of runs that went
// back, and one of copies of another backend's runs. Run it once for each migration: the files are
// kept forever, and those that exist are not written again.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { WorkflowEngine } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { startContentRuns } from "../src/golden/content-runs.ts";
import { writeCopies } from "../src/golden/copied-runs.ts";
import { foldDatabase } from "../src/golden/fold-database.ts";
import { foldsName, goldenName } from "../src/golden/golden-name.ts";
import { GOLDEN_WORKFLOW, goldenWorker } from "../src/golden/golden-runs.ts";
import { startLanguageRuns } from "../src/golden/language-runs.ts";

/** Where two of the runs were started; of the others it is unknown. */
const STARTED_FROM = {
  directory: "/golden.invalid",
  file: "/golden.invalid/workflow.yaml",
  agentsFile: "/golden.invalid/agents.yaml",
};

const [what = "", database = ""] = process.argv.slice(2);
if (what === "graph") await startInFlight(database);
else if (what === "language") await startLanguage(database);
else if (what === "content") await startContent(database);
else {
  await make("", async (path) => {
    await writeEnded(path);
    await killInFlight("graph", path);
  });
  await make("language/", (path) => killInFlight("language", path));
  await make("content/", (path) => killInFlight("content", path));
  await make("copied/", writeCopies);
}

/** Writes a database and its folds into a folder of the golden ones. */
async function make(into: string, write: (path: string) => Promise<void>): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(new URL("../../workflow/package.json", import.meta.url), "utf8"),
  ) as { version: string };
  const name = `${into}${goldenName(version)}`;
  const target = new URL(`../golden/${name}`, import.meta.url);
  if (existsSync(target)) return;
  const folder = mkdtempSync(join(tmpdir(), "axw-golden-"));
  const path = join(folder, "golden.db");
  try {
    await write(path);
    const file = new Database(path);
    // The owner's machine is unknown, so a later engine relies on the expired lease instead of
    // checking whether the process is alive.
    file.exec(
      "UPDATE workflow_runs SET owner_host = 'golden.invalid', owner_machine = 'golden', " +
        "owner_pid = 1, owner_process_start = '', lease_until = 1 WHERE owner_id IS NOT NULL",
    );
    file.pragma("wal_checkpoint(TRUNCATE)");
    file.pragma("journal_mode = DELETE");
    file.close();
    mkdirSync(new URL(".", target), { recursive: true });
    writeFileSync(target, gzipSync(readFileSync(path), { level: 9 }));
    const folds = foldsName(name);
    writeFileSync(
      new URL(`../golden/${folds}`, import.meta.url),
      `${foldDatabase(path).join("\n")}\n`,
    );
    process.stdout.write(`written: packages/reliability/golden/${name} and ${folds}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes one completed, failed, restored, cancelled and paused run each. */
async function writeEnded(path: string): Promise<void> {
  let answer: "through" | "shut" | "wait" = "through";
  const engine = await WorkflowEngine.open({
    database: path,
    checkpoint: { every: 2 },
    agents: {
      worker: goldenWorker(() => undefined),
      gate: async ({ signal }) => {
        if (answer === "through") return answer;
        if (answer === "shut") throw new Error("shut");
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      },
    },
  });
  await (await engine.start(GOLDEN_WORKFLOW, { startedFrom: STARTED_FROM })).ending;
  await startFailing();
  const restored = await startFailing();
  const drafted = engine.storage
    .listCheckpoints(restored.id)
    .find(({ name }) => name === "drafted");
  if (drafted === undefined) throw new Error("The workflow created no checkpoint.");
  await (await engine.resume(drafted.checkpointId)).ending;
  answer = "wait";
  for (const verb of ["cancel", "pause"] as const) {
    const run = await engine.start(GOLDEN_WORKFLOW);
    for await (const event of run.events())
      if (event.type === "step_started" && event.stepId === "gate") break;
    await run[verb]();
    if (verb === "pause") await engine.close();
  }

  async function startFailing(): Promise<{ readonly id: string }> {
    answer = "shut";
    const run = await engine.start(GOLDEN_WORKFLOW);
    await run.ending;
    return run;
  }
}

/** Writes runs whose process is killed while they are in flight. */
function killInFlight(kind: "graph" | "language" | "content", path: string): Promise<void> {
  const child = spawn(process.execPath, [new URL(import.meta.url).pathname, kind, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.once("data", () => child.kill("SIGKILL"));
  return new Promise((resolve, reject) =>
    child.once("close", (_, signal) =>
      signal === "SIGKILL"
        ? resolve()
        : reject(new Error("The process with the run in flight ended before it was killed.")),
    ),
  );
}

async function startLanguage(path: string): Promise<void> {
  await startLanguageRuns(path);
  process.stdout.write("waiting\n");
}

async function startContent(path: string): Promise<void> {
  await startContentRuns(path);
  process.stdout.write("waiting\n");
}

async function startInFlight(path: string): Promise<void> {
  const engine = await WorkflowEngine.open({
    database: path,
    agents: {
      worker: goldenWorker(() => undefined),
      gate: () => {
        process.stdout.write("waiting\n");
        return new Promise(() => setInterval(() => undefined, 60_000));
      },
    },
  });
  await engine.start(GOLDEN_WORKFLOW, { startedFrom: { directory: STARTED_FROM.directory } });
}
