// `npm run browser`: plays the page in a real browser. `-- --full` also plays what takes minutes;
// further words name test files. The last line is `N tried, M failed`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromiumPath } from "../src/start-browser.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
if (chromiumPath() === undefined) {
  console.error("There is no Chromium. Install it, or set CHROMIUM to its path.");
  console.log("0 tried, 1 failed");
  process.exit(1);
}
const { status } = spawnSync("vitest", ["run", ...words.filter((word) => word !== "--full")], {
  cwd: folder,
  stdio: "inherit",
  env: { ...process.env, ...(words.includes("--full") && { AXW_BROWSER: "full" }) },
});
const report = JSON.parse(readFileSync(`${folder}test-results/vitest.json`, "utf8")) as {
  readonly numTotalTests: number;
  readonly numFailedTests: number;
};
console.log(`${report.numTotalTests} tried, ${report.numFailedTests} failed`);
process.exitCode = status ?? 1;
