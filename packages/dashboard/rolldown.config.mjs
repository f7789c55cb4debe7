import { bundle } from "../../scripts/bundle.mjs";

export default bundle({
  index: "src/index.ts",
  "fold/index": "src/fold/index.ts",
  "layout/index": "src/layout/index.ts",
});
