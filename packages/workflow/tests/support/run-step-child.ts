// The process that the tests of `run` steps kill: it starts or resumes a workflow without any
// agent but `writer` and `spoiler`. Run by Node from the built package.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WorkflowEngine } from "../../dist/index.js";

const [database = "", verb = "", argument = ""] = process.argv.slice(2);

const engine = await WorkflowEngine.open({
  database,
  secrets: (name) => process.env[`HOST_${name}`],
  agents: {
    writer: ({ runDirectory = "" }) => {
      writeFileSync(join(runDirectory, "a.md"), "good");
      return "written";
    },
    // Changes a file that it was given, then hangs until its engine is killed.
    spoiler: async ({ runDirectory = "", attemptNumber }) => {
      if (attemptNumber > 1) return "left alone";
      writeFileSync(join(runDirectory, "a.md"), "spoiled");
      process.stdout.write("spoiled\n");
      return new Promise(() => undefined);
    },
  },
});
const run = verb === "start" ? await engine.start(argument) : await engine.resume(argument);
process.stdout.write(`run ${run.id}\n`);
const ending = await run.ending;
process.stdout.write(`ending ${JSON.stringify(ending)}\n`);
await engine.close();
