// Makes the declarations of this package stand alone: those of the private packages are copied to `dist/NAME`, and every
// import of `@automatosx/NAME` becomes a path to the copy. Runs after tsc and rolldown, and may run again.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { privatePackages } from "./private-packages.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const packages = fileURLToPath(new URL("../..", import.meta.url));
const specifier = new RegExp(
  `(["'])@automatosx/(${privatePackages.join("|")})((?:/[^"']*)?)\\1`,
  "g",
);

for (const name of privatePackages) {
  const from = path.join(packages, name, "dist");
  for (const file of globSync("**/*.d.ts", { cwd: from })) {
    const copy = path.join(dist, name, file);
    mkdirSync(path.dirname(copy), { recursive: true });
    // The declaration map leads to sources that are not published.
    const text = readFileSync(path.join(from, file), "utf8");
    writeFileSync(copy, text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
  }
}

for (const file of globSync("**/*.d.ts", { cwd: dist })) {
  const text = readFileSync(path.join(dist, file), "utf8");
  const alone = text.replace(specifier, (_, quote, name, subpath) => {
    if (subpath !== "")
      throw new Error(`${file}: import @automatosx/${name}, not ${subpath} of it.`);
    const target = path.posix.relative(path.posix.dirname(file), `${name}/index.js`);
    return `${quote}${target.startsWith(".") ? "" : "./"}${target}${quote}`;
  });
  if (alone !== text) writeFileSync(path.join(dist, file), alone);
}
