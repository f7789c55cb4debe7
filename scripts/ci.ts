// What `.ci/run` runs: every test with turbo's cache off, every check, and the short form of each
// command that tries to break the engine. Parts that wait run beside parts that compute; parts that
// measure run alone. The output of a part is printed whole when it has ended.
import { type Part, PartRunner } from "./ci/part.ts";
import { type Plan, runParts } from "./ci/run-parts.ts";
import { isPassed, summary, TESTS } from "./ci/summary.ts";
import { turbo } from "./turbo.ts";

const part = (name: string, ...command: Part["command"]): Part => ({ name, command });
const timed = (name: string, ...command: Part["command"]): Part => ({
  ...part(name, ...command),
  isTimed: true,
});
const script = (path: string): [string, string] => ["node", `packages/${path}`];
const parts = (...names: readonly string[]): string[] => names.flatMap((name) => ["--part", name]);

/** Nothing builds while the lanes run: every part uses what is built first. */
const plan: Plan = {
  // It keeps every processor busy by itself, and writes the generated files.
  first: [part("verify", "npm", "run", "-s", "verify")],
  lanes: [
    // It tries its failures once more itself.
    [part(TESTS, "npm", "test", "--", "--built")],
    [
      timed(
        "crash",
        ...script("reliability/scripts/crash.ts"),
        ...parts("kill", "damage", "io-errors", "power-loss", "disk-full"),
      ),
      timed("conformance", ...script("conformance/scripts/conformance.ts"), "--short"),
      timed("browser", ...script("browser/scripts/browser.ts")),
      // The tests have looked for the planted bugs already.
      part(
        "sim",
        ...script("simulation/scripts/sim.ts"),
        ...parts("core-seeds", "core-exhaustive", "engine", "hosts"),
      ),
    ],
  ],
  last: [
    part(
      "crash-timed",
      ...script("reliability/scripts/crash.ts"),
      ...parts("hostile-text", "two-engines", "restate"),
    ),
    part("soak", ...script("reliability/scripts/soak.ts")),
    part("bench", ...script("benchmarks/scripts/bench.ts"), "--ci"),
  ],
};

const began = performance.now();
if (turbo(["run", "build", "--output-logs=errors-only"]) !== 0) {
  console.log("failed: build");
  process.exit(1);
}
const runner = new PartRunner();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    for (const { part: stopped, output } of runner.stop())
      print(`${stopped.name}, stopped`, output);
    runner.remove();
    process.exit(1);
  });
const results = await runParts(plan, {
  run: (each) => {
    console.log(`${each.name} began`);
    return runner.run(each);
  },
  onEnd: ({ name }, { isOk, seconds, output }) =>
    print(`${name}: ${isOk ? "passed" : "failed"} after ${(seconds / 60).toFixed(1)} min`, output),
});
runner.remove();
console.log("");
for (const line of summary(results, (performance.now() - began) / 1000)) console.log(line);
process.exitCode = isPassed(results) ? 0 : 1;

function print(title: string, output: string): void {
  console.log(`\n──── ${title}\n${output}`);
}
