import { fileURLToPath } from "node:url";
import { bundle, isReached } from "../../scripts/bundle.mjs";

const options = bundle({
  index: "src/index.ts",
  "run-status": "src/run-status.ts",
  written: "src/written.ts",
  "visible-text": "src/visible-text.ts",
  "test-files": "src/test-files/index.ts",
  "json-schema": "src/json-schema.ts",
  "test-files/json-schema": "src/test-files/json-schema.ts",
});
const source = (name) => fileURLToPath(new URL(`src/${name}`, import.meta.url));
const WRITTEN = [source("written.ts")];

// A process that starts a run loads all of this, and one file loads faster than four.
export default {
  ...options,
  output: {
    ...options.output,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          name: (id, context) =>
            id !== source("visible-text.ts") && isReached(WRITTEN, id, context)
              ? "definition"
              : undefined,
        },
      ],
    },
  },
};
