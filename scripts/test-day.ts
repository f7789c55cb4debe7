// `npm run test:day -- N`: runs the tests of day N of the plan, and compares their number with the
// plan's.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { closingLine, countReports, forgetReports } from "./test-reports.ts";
import { root, toolEnvironment, turbo } from "./turbo.ts";

interface Day {
  readonly title: string;
  readonly asked: number;
  readonly files: readonly string[];
}

const days = JSON.parse(readFileSync(join(root, "scripts/days.json"), "utf8")) as Record<
  string,
  Day
>;
const [number = ""] = process.argv.slice(2);
const day = days[number];
if (day === undefined) {
  console.error(
    `There is no day \`${number}\`; the plan has days 1 to 20. Example: npm run test:day -- 1`,
  );
  process.exit(2);
}

const build = turbo(["run", "build", "--output-logs=errors-only"], "stderr");
if (build !== 0) process.exit(build);

const byPackage = new Map<string, string[]>();
for (const pattern of day.files) {
  const found = globSync(pattern, { cwd: root });
  if (found.length === 0)
    throw new Error(`days.json: no file matches ${pattern} of day ${number}.`);
  for (const file of found) {
    const [, folder = "", rest = ""] = /^(packages\/[^/]+)\/(.*)$/.exec(file) ?? [];
    // Vitest runs the compiled file of a ReScript test.
    byPackage.set(folder, [...(byPackage.get(folder) ?? []), rest.replace(/\.res$/, ".res.js")]);
  }
}

const folders = [...byPackage.keys()];
forgetReports(folders);
for (const [folder, files] of byPackage) {
  spawnSync("vitest", ["run", ...files], {
    cwd: join(root, folder),
    env: toolEnvironment,
    stdio: "inherit",
  });
}
const { count } = countReports(folders);
const there = count.passed + count.failed;
console.log(`\nDay ${number}: ${day.title}`);
console.log(`The plan asks for ${day.asked} tests; this day has ${there}.`);
console.log(closingLine(count));
process.exitCode = count.failed > 0 || there < day.asked || there === 0 ? 1 : 0;
