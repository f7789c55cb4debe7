import { describe, test } from "vitest";
import { describeBackend } from "../../src/testing/index.js";
import { inProcessHarness } from "./in-process-harness.js";

describeBackend(
  "the embedded engine, in its caller's process",
  (setup) => inProcessHarness(setup),
  { describe, test },
  {
    // The engine exits with the tests. `npm run conformance` has it in processes of its own.
    notApplicable: [
      ...["worker-slots", "global-agent-limit", "worker-killed", "decider-killed"],
      ...["server-killed", "client-killed", "worker-frozen", "worker-partitioned"],
      ...["killed-at-each-entry", "deploy", "golden-runs", "leave"],
      ...["half-a-fan-out", "second-round"],
    ],
  },
);
