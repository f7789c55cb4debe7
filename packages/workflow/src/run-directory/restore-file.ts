import { hash, randomUUID } from "node:crypto";
import { lstat, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

/**
 * Writes a declared file where it is missing or differs from what was kept. The file appears whole
 * or not at all. Throws if its place leads outside of the run's directory.
 *
 * @returns whether the file was written
 */
export async function restoreFile(
  directory: string,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  content: () => Buffer,
): Promise<boolean> {
  const target = join(directory, path);
  const root = await realpath(directory);
  if ((await digestOf(target, root)) === sha256) return false;
  await makeFolders(root, dirname(path));
  const folder = await realpath(dirname(target));
  if (folder !== root && !folder.startsWith(root + sep))
    throw new Error(`the folder of \`${path}\` leads outside of the run's directory`);
  const written = join(folder, `.${basename(target).slice(0, 100)}.${randomUUID()}`);
  await writeFile(written, content(), { mode: 0o600, flag: "wx" });
  const place = join(folder, basename(target));
  if ((await lstat(place).catch(() => undefined))?.isDirectory() === true)
    await rm(place, { recursive: true });
  await rename(written, place);
  return true;
}

/** The digest of the regular file at a path inside the directory; undefined if there is none. */
async function digestOf(path: string, root: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    if (!real.startsWith(root + sep) || !(await stat(real)).isFile()) return undefined;
    return hash("sha256", await readFile(real), "hex");
  } catch {
    return undefined;
  }
}

// What stands in the place of a folder is replaced: a declared file below it is what counts.
async function makeFolders(root: string, path: string): Promise<void> {
  let folder = root;
  for (const part of path.split("/").filter((name) => name !== "" && name !== ".")) {
    folder = join(folder, part);
    const real = await realpath(folder).catch(() => undefined);
    const isInside = real?.startsWith(root + sep) === true;
    if (isInside && (await stat(folder)).isDirectory()) continue;
    await rm(folder, { force: true });
    await mkdir(folder, { mode: 0o700 });
  }
}
