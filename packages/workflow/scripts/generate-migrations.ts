// Writes src/storage/sqlite/migrations.json from the SQL in the root folder `migrations`. As a
// module, the migrations are part of every bundle, and no process has to find and read files.
import { hash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import Driver from "better-sqlite3";

const FOLDER = new URL("../../../migrations/", import.meta.url);

// Line endings may differ between checkouts of the same migration.
function readText(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8").replaceAll("\r\n", "\n");
}

const names = readdirSync(FOLDER).filter((name) => /^\d{3}_[a-z0-9_]+\.sql$/.test(name));
const migrations = names.sort().map((name) => {
  const up = readText(name);
  const down = readText(name.replace(/\.sql$/, ".down.sql"));
  return { number: Number(name.slice(0, 3)), name, sha256: hash("sha256", up, "hex"), up, down };
});

const database = new Driver(":memory:");
for (const { up } of migrations) database.exec(up);
const schema = database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY rowid").all();
database.close();

// A new database has no rows for the other statements to change or to copy.
const rows = migrations
  .flatMap(({ up }) => up.match(/^INSERT INTO [^;]+;/gm) ?? [])
  .filter((row) => !/\bSELECT\b/.test(row));

writeFileSync(
  new URL("../src/storage/sqlite/migrations.json", import.meta.url),
  `${JSON.stringify({ migrations, schema, rows }, null, 2)}\n`,
);
