import { describe, test } from "vitest";
import { describeBackend } from "../../src/testing/index.js";
import { childHarness } from "./child-harness.js";
import { inProcessHarness } from "./in-process-harness.js";

describeBackend(
  "the embedded engine, in its caller's process",
  inProcessHarness,
  { describe, test },
  {
    // The engine exits with the tests.
    notApplicable: ["decider-killed"],
  },
);

describeBackend("the embedded engine, in a process of its own", childHarness, { describe, test });
