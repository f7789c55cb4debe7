import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";
import type { BackendHarness, GoldenRun, HarnessSetup } from "@automatosx/workflow/testing";
import Driver from "better-sqlite3";
import { engineHarness } from "./engine/engine-harness.ts";
import { placeGoldenRuns, unfinishedRuns } from "./engine/golden-runs.ts";
import type { EngineFault } from "./planted/engine-faults.ts";

/** The embedded engine: several processes share the runs of one SQLite database. */
export function sqliteHarness(setup: HarnessSetup, fault?: EngineFault): Promise<BackendHarness> {
  return engineHarness(
    setup,
    async (folder, { hasGoldenRuns }) => {
      const path = join(folder, "workflow.db");
      const golden = hasGoldenRuns === true ? withGoldenRuns(path) : [];
      return {
        place: { kind: "sqlite", path },
        capabilities: () => ({
          search: async (text) =>
            readdirSync(folder).filter(
              (name) =>
                name.startsWith("workflow.db") && readFileSync(join(folder, name)).includes(text),
            ),
          golden: async () => golden,
        }),
        remains: async (runId) => tablesWith(path, runId),
        dispose: async () => undefined,
      };
    },
    fault,
  );
}

// Lists the runs before any process continues them.
function withGoldenRuns(path: string): readonly GoldenRun[] {
  placeGoldenRuns(path);
  const storage = openSqliteStorage({ path });
  try {
    return unfinishedRuns(storage);
  } finally {
    storage.close();
  }
}

function tablesWith(path: string, value: string): readonly string[] {
  using raw = disposable(new Driver(path, { readonly: true }));
  const tables = raw.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  return (tables as string[]).filter((table) => {
    const rows = raw.prepare(`SELECT * FROM "${table}"`).all();
    return rows.some((row) => Object.values(row as object).includes(value));
  });
}

function disposable(database: Driver.Database): Driver.Database & Disposable {
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}
