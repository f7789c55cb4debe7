import { packageTests } from "../../scripts/vitest-base.ts";

export default packageTests({ timeoutMs: 120_000 });
