import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generate, generators } from "../generate.ts";
import { root } from "../turbo.ts";

const contentOf = (name: string): string =>
  existsSync(join(root, name)) ? readFileSync(join(root, name), "utf8") : "";

/**
 * Regenerates the generated files. Each file that changes is a finding, and is up to date
 * afterwards.
 */
export async function drift(): Promise<string[]> {
  const files = generators.flatMap((generator) => generator.writes);
  const before = new Map(files.map((name) => [name, contentOf(name)]));
  const failed = await generate();
  return [
    ...failed,
    ...files
      .filter((name) => contentOf(name) !== before.get(name))
      .map((name) => `${name} was out of date. It is regenerated now: commit it.`),
  ];
}
