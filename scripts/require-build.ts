// Vitest's global setup: stops the run with a remedy if a package imported by the tests is not
// built.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

interface Manifest {
  readonly name: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function setup({ config: { root } }: TestProject): void {
  const missing = findUnbuilt(root);
  if (missing.length === 0) return;
  console.error(
    `\nNot built: ${missing.join(", ")}. Run \`npm run build\` in the root of the repository, ` +
      "then the tests again.\n",
  );
  process.exit(1);
}

/** The unbuilt workspace packages that the tests in `folder` import, directly or indirectly. */
export function findUnbuilt(folder: string): string[] {
  const missing = new Set<string>();
  const seen = new Set<string>();
  const visit = (place: string, isTested: boolean): void => {
    const manifest = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Manifest;
    if (seen.has(manifest.name)) return;
    seen.add(manifest.name);
    // Tests import the sources of their own package, which for ReScript means compiled files.
    const isBuiltFirst = !isTested || existsSync(join(place, "rescript.json"));
    if (isBuiltFirst && !isBuilt(place, manifest)) missing.add(manifest.name);
    const needed = { ...manifest.dependencies, ...(isTested && manifest.devDependencies) };
    for (const [name, version] of Object.entries(needed))
      if (version.startsWith("workspace:")) visit(join(place, "node_modules", name), false);
  };
  visit(folder, true);
  return [...missing];
}

// Whether every exported file in `dist` exists. A package with no exports there needs no build.
function isBuilt(place: string, { exports }: Manifest): boolean {
  const files = [...JSON.stringify(exports ?? {}).matchAll(/"(\.\/dist\/[^"*]+)"/g)];
  return files.every(([, file = ""]) => existsSync(join(place, file)));
}
