import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generate, generators } from "../generate.ts";
import { root } from "../turbo.ts";

const contentOf = (name: string): string =>
  existsSync(join(root, name)) ? readFileSync(join(root, name), "utf8") : "";

/** Generated files that are not what their generator makes of the sources now. */
export function drift(): string[] {
  const files = generators.flatMap((generator) => generator.writes);
  const before = new Map(files.map((name) => [name, contentOf(name)]));
  const failed = generate().map((name) => `${name} failed`);
  const changed = files.filter((name) => contentOf(name) !== before.get(name));
  return [
    ...failed,
    ...changed.map((name) => `${name} was out of date; it has been written anew, commit it`),
  ];
}
