import { packageTests } from "../../scripts/vitest-base.ts";

export default packageTests({
  covered: ["src/{ansi,api,server,layout}/**/*.ts", "src/page/**/*.ts"],
});
