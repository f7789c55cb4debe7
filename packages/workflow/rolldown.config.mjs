import { createRequire } from "node:module";
import path from "node:path";
import { bundle } from "../../scripts/bundle.mjs";
import { privatePackages } from "./scripts/private-packages.mjs";

// The build of `yaml` for Node reads the environment at each token, to see whether to print it, which takes a sixth of
// the reading; and it is CommonJS, of which nothing can be left out. The build for browsers is the same code without these.
const yaml = path.dirname(createRequire(import.meta.url).resolve("yaml/package.json"));

export default bundle(
  {
    index: "src/index.ts",
    errors: "src/errors.ts",
    "observe/index": "src/observe/index.ts",
    "testing/index": "src/testing/index.ts",
    "storage/sqlite/index": "src/storage/sqlite/index.ts",
    ...Object.fromEntries(privatePackages.map((name) => [`${name}/index`, `@automatosx/${name}`])),
  },
  { yaml: path.join(yaml, "browser/dist/index.js") },
);
