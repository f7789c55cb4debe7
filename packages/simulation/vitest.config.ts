import { packageTests } from "../../scripts/vitest-base.ts";

export default packageTests({
  timeoutMs: 120_000,
  // Tried as they are built, in worker threads, of which no coverage is told.
  excluded: ["src/engine/simulate-seeds.ts", "src/engine/seed-worker.ts", "src/engine/part.ts"],
});
