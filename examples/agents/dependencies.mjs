// Lists the packages in the lockfile and the licences of the installed ones, without network
// access.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest, root } from "./request.mjs";

await readRequest();
const lockfile = readFileSync(path.join(root, "pnpm-lock.yaml"), "utf8");
const packagesAt = lockfile.indexOf("\npackages:\n");
const snapshotsAt = lockfile.indexOf("\nsnapshots:\n");
const pinned = [
  ...lockfile.slice(packagesAt, snapshotsAt).matchAll(/^ {2}'?(@?[^@'\s]+)@([^:'\s]+)'?:$/gm),
].map(([, name, version]) => ({
  name,
  version,
}));

const licences = new Map();
let installed = 0;
for (const { name, version } of pinned) {
  // pnpm stores each package in a separate folder, whose name has a plus in place of a scope's
  // slash.
  const prefix = `${name.replace("/", "+")}@${version}`;
  const manifest = installedManifest(prefix, name);
  if (manifest === undefined) continue;
  installed += 1;
  const licence = typeof manifest.license === "string" ? manifest.license : "not stated";
  licences.set(licence, (licences.get(licence) ?? 0) + 1);
}

const runtime = new Set();
for (const folder of readdirSync(path.join(root, "packages"))) {
  const file = path.join(root, "packages", folder, "package.json");
  if (!existsSync(file)) continue;
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  if (manifest.private === true) continue;
  for (const [name, range] of Object.entries(manifest.dependencies ?? {}))
    if (!range.startsWith("workspace:")) runtime.add(name);
}
answer({
  pinned: pinned.length,
  installed,
  runtime: [...runtime].sort((a, b) => a.localeCompare(b)),
  licences: [...licences]
    .map(([licence, packages]) => ({ licence, packages }))
    .sort((a, b) => b.packages - a.packages),
});

function installedManifest(prefix, name) {
  const store = path.join(root, "node_modules", ".pnpm");
  const folder = storeFolders().find(
    (entry) => entry === prefix || entry.startsWith(`${prefix}_`) || entry.startsWith(`${prefix}(`),
  );
  const file = path.join(store, folder ?? prefix, "node_modules", name, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function storeFolders() {
  storeFolders.read ??= readdirSync(path.join(root, "node_modules", ".pnpm"));
  return storeFolders.read;
}
