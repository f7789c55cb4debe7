// The private packages of the workspace that are bundled into this one: the `@automatosx/*` names
// among its devDependencies.
import { readFileSync } from "node:fs";

const PREFIX = "@automatosx/";
const { devDependencies } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** Their names without the scope; each is offered as `@automatosx/workflow/NAME`. */
export const privatePackages = Object.keys(devDependencies)
  .filter((name) => name.startsWith(PREFIX))
  .map((name) => name.slice(PREFIX.length));
