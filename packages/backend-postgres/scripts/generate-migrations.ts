// Writes src/storage/schema/migrations.json from the SQL in the folder `migrations/postgres`. As a
// module, the migrations are part of the package.
import { hash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const FOLDER = new URL("../../../migrations/postgres/", import.meta.url);

// Line endings may differ between checkouts of the same migration.
const readText = (name: string): string =>
  readFileSync(new URL(name, FOLDER), "utf8").replaceAll("\r\n", "\n");

const names = readdirSync(FOLDER).filter((name) => /^\d{3}_[a-z0-9_]+\.sql$/.test(name));
const migrations = names.sort().map((name) => {
  const up = readText(name);
  const down = readText(name.replace(/\.sql$/, ".down.sql"));
  return { number: Number(name.slice(0, 3)), name, sha256: hash("sha256", up, "hex"), up, down };
});

writeFileSync(
  new URL("../src/storage/schema/migrations.json", import.meta.url),
  `${JSON.stringify({ migrations }, null, 2)}\n`,
);
