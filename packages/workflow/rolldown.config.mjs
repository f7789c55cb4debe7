import { createRequire } from "node:module";
import path from "node:path";
import { bundle } from "../../scripts/bundle.mjs";
import { privatePackages } from "./scripts/private-packages.mjs";

// The build of `yaml` for Node reads an environment variable at each token, which costs a sixth of
// the parsing, and it is CommonJS, which cannot be tree-shaken. The build for browsers is the same
// code without these two.
const yaml = path.dirname(createRequire(import.meta.url).resolve("yaml/package.json"));

export default bundle(
  {
    index: "src/index.ts",
    errors: "src/errors.ts",
    "terminal-text": "src/terminal-text.ts",
    "observe/index": "src/observe/index.ts",
    "testing/index": "src/testing/index.ts",
    "storage/sqlite/index": "src/storage/sqlite/index.ts",
    ...Object.fromEntries(privatePackages.map((name) => [`${name}/index`, `@automatosx/${name}`])),
  },
  { yaml: path.join(yaml, "browser/dist/index.js") },
);
