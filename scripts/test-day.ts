// `npm run test:day -- N`: runs the tests for day N of the plan, and compares their number with the
// planned number.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { readDays } from "./days.ts";
import { closingLine, countReports, forgetReports } from "./test-reports.ts";
import { root, toolEnvironment, turbo } from "./turbo.ts";

const [number = ""] = process.argv.slice(2);
const day = readDays().find((each) => each.number === number);
if (day === undefined) {
  console.error(
    `There is no day \`${number}\`; the plan has days 1 to 20. Example: npm run test:day -- 1`,
  );
  process.exit(2);
}

const build = turbo(["run", "build", "--output-logs=errors-only"], "stderr");
if (build !== 0) process.exit(build);

const byPackage = Map.groupBy(day.files, (file) => file.split("/").slice(0, 2).join("/"));
const folders = [...byPackage.keys()];
forgetReports(folders);
for (const [folder, files] of byPackage) {
  const inFolder = files.map((file) => file.slice(folder.length + 1));
  spawnSync("vitest", ["run", ...inFolder], {
    cwd: join(root, folder),
    env: toolEnvironment,
    stdio: "inherit",
  });
}
const { count } = countReports(folders);
const here = count.passed + count.failed;
console.log(`\nDay ${number}: ${day.title}`);
console.log(`The plan asks for ${day.asked} tests; this day has ${here}.`);
console.log(closingLine(count));
process.exitCode = count.failed > 0 || here < day.asked || here === 0 ? 1 : 0;
