// How many commits the history has. Fails where there is no git or no history: its step says `continueOnError`.
import { execFileSync } from "node:child_process";
import { answer, readRequest, root } from "./request.mjs";

await readRequest();
const commits = Number(execFileSync("git", ["rev-list", "--count", "HEAD"], { cwd: root, encoding: "utf8" }));
answer({ commits });
