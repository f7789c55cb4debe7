import { fileURLToPath } from "node:url";
import { bundle, isReached } from "../../scripts/bundle.mjs";

const options = bundle({
  index: "src/index.ts",
  bin: "src/bin.ts",
  "chaos-child": "src/test-files/chaos/chaos-child.ts",
});
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
