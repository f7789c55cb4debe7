import { fileURLToPath } from "node:url";
import { mergeConfig } from "vitest/config";
import { packageTests } from "../../scripts/vitest-base.ts";

const built = (path: string): string =>
  fileURLToPath(new URL(`../workflow/dist/${path}`, import.meta.url));

// The examples are no package: they find the engine as an installed one would.
export default mergeConfig(packageTests({ timeoutMs: 120_000 }), {
  resolve: {
    alias: [
      { find: /^@automatosx\/workflow$/, replacement: built("index.js") },
      { find: /^@automatosx\/workflow\/drive$/, replacement: built("drive/index.js") },
    ],
  },
});
