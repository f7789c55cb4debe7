// Makes the published declarations independent of the private packages. It copies theirs to
// `dist/NAME` and turns every import of `@automatosx/NAME` into one of `@automatosx/workflow/NAME`.
// (A relative path would not do: the compiler resolves the imports of a referenced project from its
// sources.) It runs after tsc and rolldown, and can be repeated.
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
    // The declaration map points to sources that are not published.
    const text = readFileSync(path.join(from, file), "utf8");
    writeFileSync(copy, text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
  }
}

for (const file of globSync("**/*.d.ts", { cwd: dist })) {
  const text = readFileSync(path.join(dist, file), "utf8");
  const alone = text.replace(specifier, (_, quote, name, subpath) => {
    if (subpath !== "")
      throw new Error(`${file}: import @automatosx/${name}, not ${subpath} of it.`);
    return `${quote}@automatosx/workflow/${name}${quote}`;
  });
  if (alone !== text) writeFileSync(path.join(dist, file), alone);
}
