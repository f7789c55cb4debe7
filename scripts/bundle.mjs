// Bundles a package into a few files. A process that starts an engine spent most of its time on
// finding and reading a hundred small files, those of zod and yaml among them
// (docs/decisions/009). tsc writes the declarations.
import { readFileSync } from "node:fs";

// Not bundled: Node's modules, native code, and those of our packages that a consumer installs,
// since a process must load one copy of each. Our packages among the devDependencies are private.
// No registry has them, so they are bundled.
const EXTERNAL = [/^node:/, /^better-sqlite3/];

/**
 * The rolldown options of the package in the working directory.
 *
 * @param {Record<string, string>} input entries, by the name of the file in `dist`
 */
export function bundle(input) {
  const { dependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
  const ours = Object.keys(dependencies).filter((name) => name.startsWith("@automatosx/"));
  return {
    input,
    external: [...EXTERNAL, ...ours.map((name) => new RegExp(`^${name}(/|$)`))],
    platform: "node",
    // The oldest Node that the packages allow; tsc's target is the same for the packages that are
    // not bundled.
    transform: { target: "node22.14" },
    treeshake: { moduleSideEffects: false },
    output: {
      dir: "dist",
      format: "esm",
      entryFileNames: "[name].js",
      // As deep as the sources, so that one relative path finds a file of the package from both.
      chunkFileNames: "chunks/shared/[name].js",
      sourcemap: true,
      // Keeps the licences of the bundled packages.
      comments: { legal: true },
    },
  };
}
