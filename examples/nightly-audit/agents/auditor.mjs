// Audits one subject by reading every file of a folder. An empty list means that all is well.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { answer, fail, readRequest } from "../../agents/request.mjs";

const LARGEST_KB = 200;
const SECRET = /^.*(?:password|secret|token)\s*[:=]\s*[^\s$"']{8,}/im;

const AUDITS = {
  secrets: (file) =>
    SECRET.test(readFileSync(file, "utf8"))
      ? [{ severity: "high", file, problem: "a secret is written in the file" }]
      : [],
  links: (file) =>
    file.endsWith(".md")
      ? [...readFileSync(file, "utf8").matchAll(/\]\((?!\w+:|#)([^)#]+)/g)]
          .filter(([, target]) => !existsSync(path.join(path.dirname(file), target)))
          .map(([, target]) => ({ severity: "low", file, problem: `no file ${target}` }))
      : [],
  sizes: (file) => {
    const kb = Math.round(statSync(file).size / 1024);
    return kb > LARGEST_KB ? [{ severity: "low", file, problem: `the file has ${kb} KB` }] : [];
  },
};

const { with: asked } = await readRequest();
const { subject, folder } = asked;
if (existsSync(folder)) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.posix.join(entry.parentPath, entry.name))
    .sort();
  answer(files.flatMap(AUDITS[subject]));
} else fail(`there is no folder ${folder}`);
