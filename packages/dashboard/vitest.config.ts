import { packageTests } from "../../scripts/vitest-base.ts";

// What is excluded needs a browser: `npm run browser` plays it.
export default packageTests({
  covered: ["src/{ansi,api,server,layout}/**/*.ts", "src/page/**/*.ts"],
  excluded: [
    "src/page/**/use-*.ts",
    "src/page/client/{download,notifications,run-host}.ts",
    "src/page/run/graph/paint-graph.ts",
    "src/page/run/head/export-journal.ts",
    "src/page/shell/{location,session,theme,title}.ts",
  ],
});
