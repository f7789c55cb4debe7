// Loads the migrated modules together, and compares what they export with their originals.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [originals = "", migrated = "", names = "[]"] = process.argv.slice(2);
const require = createRequire(import.meta.url);
for (const name of JSON.parse(names)) {
  const before = Object.keys(require(path.resolve(originals, `${name}.cjs`)));
  const after = await import(pathToFileURL(path.join(migrated, `${name}.mjs`)).href);
  const missing = before.filter((one) => !(one in after));
  if (missing.length > 0) throw new Error(`${name}.mjs does not export ${missing.join(", ")}`);
  console.log(`${name}.mjs exports ${before.join(", ")}`);
}
