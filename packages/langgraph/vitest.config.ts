import { mergeConfig } from "vitest/config";
import { packageTests } from "../../scripts/vitest-base.ts";

// The conformance suite takes `describe`, `it` and `expect` from the global object.
export default mergeConfig(packageTests({ timeoutMs: 120_000 }), { test: { globals: true } });
