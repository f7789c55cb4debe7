// `npm run test:day -- N`: the tests that belong to day N of the plan, and how many it asked for.
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
  console.error(`There is no day \`${number}\`; the plan has days 1 to 20: npm run test:day -- 1`);
  process.exit(2);
}

const build = turbo(["run", "build", "--output-logs=errors-only"], "stderr");
if (build !== 0) process.exit(build);

const byPackage = new Map<string, string[]>();
for (const pattern of day.files) {
  const found = globSync(pattern, { cwd: root });
  if (found.length === 0)
    throw new Error(`days.json: day ${number} names ${pattern}, which does not exist`);
  for (const file of found) {
    const [, folder = "", rest = ""] = /^(packages\/[^/]+)\/(.*)$/.exec(file) ?? [];
    // The runner sees the compiled file of a ReScript test.
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
console.log(`The plan asked for ${day.asked} tests; there are ${there}.`);
console.log(closingLine(count));
process.exitCode = count.failed > 0 || there < day.asked || there === 0 ? 1 : 0;
