import { packageTests } from "../../scripts/vitest-base.ts";

// Real processes, on a machine that may be busy.
export default packageTests({ timeoutMs: 30_000 });
