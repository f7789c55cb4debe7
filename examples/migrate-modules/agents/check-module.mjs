// Says whether a file is an ES module without remains of CommonJS. The exit code is the verdict,
// and the error the reason that the agent is given.
import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2] ?? "", "utf8");
const remains = [
  /\brequire\.main\b/,
  /\bmodule\.exports\b/,
  /\b__(?:file|dir)name\b/,
  /\bexports\./,
];
if (!text.includes("createRequire")) remains.push(/\brequire\(/);
const found = remains.map((pattern) => pattern.exec(text)?.[0]).filter((one) => one !== undefined);
if (found.length > 0) {
  process.stderr.write(`error: ${found.join(", ")} does not exist in an ES module\n`);
  process.exitCode = 1;
}
