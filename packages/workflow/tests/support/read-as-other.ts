import { openSqliteStorage } from "../../dist/index.js";

/** Prints what a database contains, or the error. Run as another user. */
const [path = ""] = process.argv.slice(2);
try {
  const storage = openSqliteStorage({ path, readOnly: true });
  const runs = storage.listRuns();
  const entries = runs.reduce((sum, { runId }) => sum + [...storage.readJournal(runId)].length, 0);
  const { isCopy } = storage.describe();
  process.stdout.write(JSON.stringify({ runs: runs.length, entries, isCopy }));
  storage.close();
} catch (error) {
  const { code, message, remedy } = error as Error & { code: string; remedy: string };
  process.stdout.write(JSON.stringify({ code, message, remedy }));
}
