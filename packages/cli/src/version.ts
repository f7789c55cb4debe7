import fs from "node:fs";
import module from "node:module";

/**
 * The version of this package. The package is found by its name, because the bundled code is in
 * another folder.
 */
export function version(): string {
  const file = module.createRequire(import.meta.url).resolve("@automatosx/cli/package.json");
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}
