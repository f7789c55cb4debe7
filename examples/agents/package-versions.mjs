// Lists the published packages, and those that are not at the release's version.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest, root } from "./request.mjs";

const { inputs } = await readRequest();
const packages = [];
for (const folder of readdirSync(path.join(root, "packages")).sort()) {
  const file = path.join(root, "packages", folder, "package.json");
  if (!existsSync(file)) continue;
  const { name, version, private: isPrivate } = JSON.parse(readFileSync(file, "utf8"));
  if (isPrivate !== true) packages.push({ name, version });
}
answer({
  packages,
  behind: packages.filter(({ version }) => version !== inputs.version).map(({ name }) => name),
});
