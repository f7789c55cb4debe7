// The process that the recovery tests of edits, amendments and forks kill: it makes one change to a
// run, and is killed by itself when its storage is about to write a commit, or has just written it.
// Run by Node from the built package.
import { openSqliteStorage, WorkflowEngine } from "../../dist/index.js";

const [database = "", runId = "", verb = "", argument = "", moment = "", count = "1"] =
  process.argv.slice(2);

const storage = openSqliteStorage({ path: database });
let left = Number(count);
const write = storage.commit.bind(storage);
storage.commit = (commit) => {
  left -= 1;
  if (left === 0 && moment === "before") process.kill(process.pid, "SIGKILL");
  write(commit);
  if (left === 0 && moment === "after") process.kill(process.pid, "SIGKILL");
};

const engine = await WorkflowEngine.open({ storage, agents: { "*": () => null } });
process.stdout.write("ready\n");
switch (verb) {
  case "edit":
    await engine.editResult(runId, argument, "edited", { by: "Ann" });
    break;
  case "reopen":
    await engine.reopen(runId, [argument]);
    break;
  case "amend":
    await engine.amend(runId, argument);
    break;
  default:
    await engine.fork(runId, { source: argument, runId: "fork" });
}
process.stdout.write("done\n");
await engine.close();
storage.close();
