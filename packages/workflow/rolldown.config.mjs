import { bundle } from "../../scripts/bundle.mjs";

export default bundle({
  index: "src/index.ts",
  "testing/index": "src/testing/index.ts",
  "storage/sqlite/index": "src/storage/sqlite/index.ts",
});
