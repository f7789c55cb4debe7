// Bundles a package into a few files. Without a bundle, a process that starts an engine spends most
// of its time finding and reading a hundred small files, including those of zod
// (docs/decisions/009). tsc writes the declarations.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

// Not bundled: Node's modules, native code, optional peers, and our published packages, because a
// process must load only one copy of each. Our packages in devDependencies are private and in no
// registry, so they are bundled.
const EXTERNAL = [/^node:/, /^better-sqlite3/, /^@opentelemetry\//];

/**
 * Returns the rolldown options for the package in the working directory.
 *
 * @param {Record<string, string>} input entry points, by the name of the file in `dist`
 */
export function bundle(input) {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const { dependencies = {}, peerDependencies = {} } = manifest;
  const ours = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) =>
    name.startsWith("@automatosx/"),
  );
  return {
    input,
    external: [...EXTERNAL, ...ours.map((name) => new RegExp(`^${name}(/|$)`))],
    platform: "node",
    // The oldest Node version that the packages support. For packages that are not bundled, tsc has
    // the same target.
    transform: { target: "node22.14" },
    treeshake: { moduleSideEffects: false },
    plugins: [thirdPartyLicences(), asAscii()],
    output: {
      dir: "dist",
      format: "esm",
      entryFileNames: "[name].js",
      // Output is nested as deep as the sources, so that the same relative path finds a package
      // file from both.
      chunkFileNames: "chunks/shared/[name].js",
      sourcemap: true,
      // Keeps the licences of the bundled packages, and the marks that let a bundler leave out what
      // is not used. The declarations have the documentation.
      comments: { legal: true, annotation: true, jsdoc: false },
    },
  };
}

/**
 * Escapes the characters that are not ASCII: V8 keeps a text with one of them in twice the memory,
 * and takes longer to load it. Outside strings and regular expressions there are none, since
 * comments are gone.
 */
export function asAscii() {
  const escapeOf = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return {
    name: "as-ascii",
    // Earlier, rolldown would write the characters of strings again.
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        if (file.type !== "chunk") continue;
        if (/String\.raw`[^`]*[^\0-\x7f]/.test(file.code))
          throw new Error(`${file.fileName}: a character in String.raw cannot be escaped`);
        file.code = file.code.replace(/[^\0-\x7f]/g, escapeOf);
      }
    },
  };
}

/**
 * Writes the licences of the bundled third-party packages beside the bundle: a consumer does not
 * install these packages, so their licences would be missing.
 */
function thirdPartyLicences() {
  return {
    name: "third-party-licences",
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].flatMap((id) => packageFolder(id) ?? []));
      const texts = [...folders].toSorted().map((folder) => {
        const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        if (file === undefined) throw new Error(`${name} has no licence file`);
        const text = readFileSync(path.join(folder, file), "utf8").trim();
        return `${name} ${version}\n\n${text}\n`;
      });
      if (texts.length === 0) return;
      const source = texts.join(`\n${"-".repeat(72)}\n\n`);
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENCES.txt", source });
    },
  };
}

function packageFolder(id) {
  const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/"));
  const folder = match?.[1];
  return folder !== undefined && existsSync(`${folder}/package.json`) ? folder : undefined;
}

const reached = new Map();

/**
 * Whether a module is one of `roots`, or is imported by one of them, directly or not. The array
 * `roots` must be the same each time. For the groups of `codeSplitting`.
 */
export function isReached(roots, id, context) {
  if (!reached.has(roots)) reached.set(roots, closureOf(roots, context));
  return reached.get(roots).has(id);
}

function closureOf(roots, context) {
  const found = new Set(roots);
  // A set is iterated in order, with the members that are added meanwhile.
  for (const id of found)
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
