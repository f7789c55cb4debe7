// How a package becomes few files: a process that starts an engine spent more time finding and reading a hundred small ones,
// zod's and yaml's among them, than on everything else (docs/decisions/009). The declarations are tsc's.

/** Not bundled: what has compiled code, and our own packages, of which there must be one each. */
const EXTERNAL = [/^node:/, /^better-sqlite3/, /^@automatosx\//];

/**
 * @param {Record<string, string>} input entries, by the name of the file in `dist`
 * @param {Record<string, string>} alias files to take in the place of packages
 */
export function bundle(input, alias = {}) {
  return {
    input,
    resolve: { alias },
    external: EXTERNAL,
    platform: "node",
    // What the oldest Node that the packages allow can read; tsc does the same for those that are not bundled.
    transform: { target: "node22.14" },
    treeshake: { moduleSideEffects: false },
    output: {
      dir: "dist",
      format: "esm",
      entryFileNames: "[name].js",
      // As deep as the sources that look for a file beside the package, so that one path fits both.
      chunkFileNames: "chunks/shared/[name].js",
      sourcemap: true,
      // The notices of what is bundled stay in the text.
      comments: { legal: true },
    },
  };
}
