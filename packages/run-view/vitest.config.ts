import { packageTests } from "../../scripts/vitest-base.ts";

// What is excluded are words that only lines of the command line are made of: its tests read them
// in what `axw` prints.
export default packageTests({
  excluded: [
    "src/words/{RerunPlan,run-cause,event,event-fact,event-replant,step-tree,shown-step}.ts",
  ],
});
