import { createRequire } from "node:module";
import path from "node:path";
import { bundle } from "../../scripts/bundle.mjs";

// The build of `yaml` that is for Node asks the environment at each token whether to print it, which takes a sixth of the
// reading, and is CommonJS, of which nothing can be left out. The other build is the same code without these.
const yaml = path.dirname(createRequire(import.meta.url).resolve("yaml/package.json"));

export default bundle(
  {
    index: "src/index.ts",
    errors: "src/errors.ts",
    "observe/index": "src/observe/index.ts",
    "testing/index": "src/testing/index.ts",
    "storage/sqlite/index": "src/storage/sqlite/index.ts",
  },
  { yaml: path.join(yaml, "browser/dist/index.js") },
);
