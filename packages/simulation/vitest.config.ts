import { packageTests } from "../../scripts/vitest-base.ts";

export default packageTests({
  timeoutMs: 120_000,
  // Tested as they are built, partly in worker threads, so coverage does not see them.
  excluded: [
    "src/engine/simulate-seeds.ts",
    "src/engine/run-share.ts",
    "src/engine/seed-totals.ts",
    "src/engine/seed-worker.ts",
  ],
});
