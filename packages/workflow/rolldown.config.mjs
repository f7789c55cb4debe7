import { bundle } from "../../scripts/bundle.mjs";
import { privatePackages } from "./scripts/private-packages.mjs";

export default bundle({
  index: "src/index.ts",
  errors: "src/errors.ts",
  "terminal-text": "src/terminal-text.ts",
  "observe/index": "src/observe/index.ts",
  "testing/index": "src/testing/index.ts",
  "storage/sqlite/index": "src/storage/sqlite/index.ts",
  ...Object.fromEntries(privatePackages.map((name) => [`${name}/index`, `@automatosx/${name}`])),
});
