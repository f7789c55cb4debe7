import { describeBackend } from "@automatosx/workflow/testing";
import { describe, test } from "vitest";
import { restateHarness } from "./support/restate-harness.ts";

describeBackend("Restate", () => restateHarness(), { describe, test });
