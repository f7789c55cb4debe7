// What `.ci/run` runs: every test with turbo's cache off, every check, and the short form of each
// command that tries to break the engine. Parts that mostly wait for their processes run beside
// each other; what keeps every processor busy, or measures, runs alone. The output of a part is
// printed whole when it has ended.
import { type Command, type Part, PartRunner } from "./ci/part.ts";
import { type Plan, runParts } from "./ci/run-parts.ts";
import { isPassed, summary, TESTS } from "./ci/summary.ts";
import { turbo } from "./turbo.ts";

const script = (path: string, ...flags: readonly string[]): Command => [
  "node",
  `packages/${path}`,
  ...flags,
];
const named = (parts: readonly string[]): string[] => parts.flatMap((name) => ["--part", name]);
const crash = (...parts: readonly string[]): Command =>
  script("reliability/scripts/crash.ts", ...named(parts));
const sim = (...parts: readonly string[]): Command =>
  script("simulation/scripts/sim.ts", ...named(parts));
/** A part that plays with real time: if it fails, all of it runs again. */
const playing = (name: string, command: Command): Part => ({ name, command, again: command });

/** Nothing builds while parts run: every part uses what is built first. */
const plan: Plan = [
  // It writes the generated files.
  [[{ name: "verify", command: ["npm", "run", "-s", "verify"] }]],
  [
    [
      {
        name: TESTS,
        command: ["npm", "test", "--", "--built", "--once"],
        again: ["npm", "test", "--", "--again"],
      },
    ],
  ],
  [
    [
      playing("crash", crash("kill", "damage", "io-errors", "power-loss", "disk-full")),
      playing("hostile-text", crash("hostile-text")),
    ],
    [
      playing("restate", crash("restate")),
      playing("conformance", script("conformance/scripts/conformance.ts", "--short")),
      playing("browser", script("browser/scripts/browser.ts")),
    ],
  ],
  // The tests have looked for the planted bugs already.
  [[{ name: "sim", command: sim("core-seeds", "core-exhaustive", "engine", "hosts") }]],
  [
    [
      { name: "two-engines", command: crash("two-engines") },
      { name: "soak", command: script("reliability/scripts/soak.ts") },
      { name: "bench", command: script("benchmarks/scripts/bench.ts", "--ci") },
    ],
  ],
];

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
