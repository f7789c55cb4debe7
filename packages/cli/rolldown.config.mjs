import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/bundle.mjs";

const options = bundle({ index: "src/index.ts", bin: "src/bin.ts" });
const source = (name) => fileURLToPath(new URL(`src/${name}`, import.meta.url));

/** What `axw --version` loads. */
const FIRST = ["node-floor.ts", "version.ts"].map(source);

/** What every command loads. */
const ALWAYS = [source("start.ts")];

/** The commands that read runs and finish in an instant. */
const READING = ["show", "list", "events", "logs", "result"].map((name) =>
  source(`commands/${name}.ts`),
);

// Finding and reading a file takes half a millisecond, whatever its size. So one chunk holds what
// every command loads, and another what the commands that read runs have in common. With a chunk
// for each set of commands that share a module, `axw show` would load thirty.
export default {
  ...options,
  output: {
    ...options.output,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: (id) => (FIRST.includes(id) ? "first" : undefined) },
        { name: (id, context) => (isReached(ALWAYS, id, context) ? "main" : undefined) },
        {
          name: (id, context) => (isReached(READING, id, context) ? "reading" : undefined),
          minShareCount: 2,
        },
      ],
    },
  },
};

const reached = new Map();

/** Whether a module is one of `roots`, or is imported by one of them, directly or not. */
function isReached(roots, id, context) {
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
