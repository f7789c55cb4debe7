import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FilePlace, type FileProblem, refuseFile, shown } from "../find-file.js";

/** What begins the name of a workflow that comes with this package. */
const PREFIX = "library:";

/** Whether a path as written names a workflow that comes with this package. */
export function isOfLibrary(file: string): boolean {
  return file.startsWith(PREFIX);
}

/** A workflow that comes with this package. Its files are outside the root of every workflow. */
export interface LibraryFile {
  readonly ok: true;
  readonly path: string;
  readonly place: FilePlace;
}

/** Finds a workflow that comes with this package by its name: `library:discussion`. */
export function findLibraryFile(file: string): LibraryFile | FileProblem {
  const folder = libraryFolder();
  if (folder === undefined)
    return refuseFile(`the library of ${shown(file)} is missing: it is beside the package's code`, {
      remedy: "install `@automatosx/workflow` as a package, not as a part of a bundle",
    });
  const names = readdirSync(folder)
    .flatMap((entry) => /^([\w-]+)\.yaml$/.exec(entry)?.[1] ?? [])
    .toSorted();
  const name = file.slice(PREFIX.length);
  if (!names.includes(name))
    return refuseFile(`there is no library workflow ${shown(name)}`, {
      remedy: `write one of ${names.map((each) => `\`${PREFIX}${each}\``).join(", ")}`,
    });
  const path = join(folder, `${name}.yaml`);
  return { ok: true, path, place: { base: folder, root: folder, shownPath: file } };
}

let found: string | undefined;

/** The folder of the library, in the package of this code; undefined if the code was moved. */
function libraryFolder(): string | undefined {
  // In CommonJS there is no place to look.
  const place: string | undefined = import.meta.url;
  if (found !== undefined || place === undefined) return found;
  // A bundle may be less deep in the package than this file is.
  let folder = dirname(fileURLToPath(place));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder)
    folder = dirname(folder);
  const library = join(folder, "library");
  if (existsSync(library)) found = library;
  return found;
}
