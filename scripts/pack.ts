// `npm run pack`: builds and packs the public packages, and prints the commands that install them.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { callerFolder } from "./caller.mjs";
import { complaints } from "./checks/run-tool.ts";
import { installCommands } from "./pack/install-commands.ts";
import { readArguments } from "./read-flags.ts";
import { root } from "./turbo.ts";

const USAGE = `npm run pack -- [FOLDER] [--built]
  FOLDER    where the tarballs go; by default dist-packages in the repository
  --built   packs what is built, without building it first`;

/** A public package, and the folder of its tarball below FOLDER. */
interface PublicPackage {
  readonly name: string;
  readonly source: string;
  readonly place: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

// npm installs the peers of everything that it installs. A package with peers is in a folder of its
// own, so that `*.tgz` does not bring them, and so is one that others use only if it is installed.
function publicPackages(): PublicPackage[] {
  const manifests = globSync("packages/*/package.json", { cwd: root })
    .sort()
    .map((path) => ({
      source: dirname(path),
      manifest: JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true);
  const optional = new Set(manifests.flatMap(({ manifest }) => optionalPeersOf(manifest)));
  return manifests.map(({ source, manifest }) => {
    const isApart = hasRequiredPeers(manifest) || optional.has(manifest.name);
    return { name: manifest.name, source, place: isApart ? basename(source) : "." };
  });
}

const stemOf = (name: string): string => name.replace("@", "").replace("/", "-");

const { values, positionals } = readArguments(USAGE, {
  built: { type: "boolean", default: false },
});
if (positionals.length > 1) {
  console.error(`npm run pack takes one folder; it got ${positionals.length}.\n\n${USAGE}`);
  process.exit(2);
}
const [given] = positionals;
const target = given === undefined ? join(root, "dist-packages") : resolve(callerFolder(), given);
if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === false) {
  console.error(`${target} is a file. Name a folder for the tarballs.`);
  process.exit(2);
}
if (!values.built) {
  console.error("building …");
  const [output] = await complaints("turbo", ["run", "build", "--output-logs=errors-only"]);
  if (output !== undefined) {
    console.error(output);
    process.exit(1);
  }
}

const packages = publicPackages();
const unbuilt = packages.filter(({ source }) => !existsSync(join(root, source, "dist")));
if (unbuilt.length > 0) {
  console.error(`Not built: ${unbuilt.map(({ name }) => name).join(", ")}. Omit --built.`);
  process.exit(1);
}
// A tarball of an earlier version would be installed too.
for (const { name, place } of packages)
  for (const old of globSync(`${stemOf(name)}-[0-9]*.tgz`, { cwd: join(target, place) }))
    rmSync(join(target, place, old));
mkdirSync(target, { recursive: true });
const failures = await Promise.all(
  packages.map(({ source, place }) =>
    complaints("pnpm", ["pack", "--pack-destination", join(target, place)], source),
  ),
);
for (const failure of failures.flat()) console.error(failure);
if (failures.flat().length > 0) process.exit(1);

const packed = packages.map(({ name, place }) => {
  const [file = ""] = globSync(`${stemOf(name)}-[0-9]*.tgz`, { cwd: join(target, place) });
  return { name, file: join(place, file).split(sep).join("/") };
});
const consumer = packageAround(target);
console.log(`Packed into ${relative(callerFolder(), target) || "."}:`);
for (const { file } of packed) {
  const size = Math.ceil(statSync(join(target, file)).size / 1000);
  console.log(`  ${file.padEnd(44)} ${String(size).padStart(4)} kB`);
}
console.log();
console.log(
  installCommands(packed, {
    folder: consumer === undefined ? target : `./${relative(consumer, target)}`,
    consumer,
  }),
);

/** The nearest package outside this repository that contains the folder. */
function packageAround(folder: string): string | undefined {
  if (!relative(root, folder).startsWith("..")) return undefined;
  for (let place = folder; place !== dirname(place); place = dirname(place))
    if (statSync(join(place, "package.json"), { throwIfNoEntry: false })?.isFile()) return place;
  return undefined;
}

function optionalPeersOf({ peerDependenciesMeta = {} }: Manifest): string[] {
  return Object.keys(peerDependenciesMeta).filter(
    (name) => peerDependenciesMeta[name]?.optional === true,
  );
}

function hasRequiredPeers({ peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): boolean {
  return Object.keys(peerDependencies).some(
    (name) => peerDependenciesMeta[name]?.optional !== true,
  );
}
