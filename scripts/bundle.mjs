// Turns a package into a few files. Finding and reading a hundred small ones, zod's and yaml's among them, took a process
// that starts an engine longer than all else (docs/decisions/009). The declarations are tsc's.
import { readFileSync } from "node:fs";

// Left out of the bundle: Node's own modules, compiled code, and our packages that a consumer installs, of which a
// process must load one copy each. Our packages among the devDependencies are private: no registry has them, so they
// are bundled.
const EXTERNAL = [/^node:/, /^better-sqlite3/];

/**
 * The rolldown options of the package in the working directory.
 *
 * @param {Record<string, string>} input entries, by the name of the file in `dist`
 * @param {Record<string, string>} alias files to take in the place of packages
 */
export function bundle(input, alias = {}) {
  const { dependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
  const ours = Object.keys(dependencies).filter((name) => name.startsWith("@automatosx/"));
  return {
    input,
    resolve: { alias },
    external: [...EXTERNAL, ...ours.map((name) => new RegExp(`^${name}(/|$)`))],
    platform: "node",
    // The oldest Node that the packages allow; tsc's target is the same for the packages that are not bundled.
    transform: { target: "node22.14" },
    treeshake: { moduleSideEffects: false },
    output: {
      dir: "dist",
      format: "esm",
      entryFileNames: "[name].js",
      // As deep as the sources that look for a file beside the package, so that one path fits both.
      chunkFileNames: "chunks/shared/[name].js",
      sourcemap: true,
      // Keeps the licences of what is bundled.
      comments: { legal: true },
    },
  };
}
