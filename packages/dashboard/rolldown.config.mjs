import { bundle } from "../../scripts/bundle.mjs";

export default bundle({ index: "src/index.ts", "layout/index": "src/layout/index.ts" });
