import { bundle } from "../../scripts/bundle.mjs";

export default bundle({
  index: "src/index.ts",
  "run-status": "src/run-status.ts",
  written: "src/written.ts",
  "visible-text": "src/visible-text.ts",
  "test-files": "src/test-files/index.ts",
  "json-schema": "src/json-schema.ts",
});
