// The workspace packages that are bundled into this one: those of ours among its devDependencies. They are on no registry.
import { readFileSync } from "node:fs";

const PREFIX = "@automatosx/";
const { devDependencies } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** Their names without the scope; each is offered as `@automatosx/workflow/NAME`. */
export const privatePackages = Object.keys(devDependencies)
  .filter((name) => name.startsWith(PREFIX))
  .map((name) => name.slice(PREFIX.length));
