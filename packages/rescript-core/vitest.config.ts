import { packageTests } from "../../scripts/vitest-base.ts";

// `lib/` holds copies of the compiled tests: without the include they would run twice.
export default packageTests({ include: ["tests/**/*_test.res.js", "tests/**/*.test.ts"], covered: ["src/**/*.res.js", "src/index.ts"] });
