import { hash } from "node:crypto";
import {
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { filePathProblem } from "../../src/run-directory/file-path.js";
import { collectFiles, decodeFile } from "../../src/run-directory/kept-files.js";
import { restoreFile } from "../../src/run-directory/restore-file.js";

async function directory(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kept-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function problemOf(folder: string, path: string): Promise<string> {
  const collected = await collectFiles(folder, [path]);
  if (collected.ok) throw new Error("the files were accepted");
  return collected.error;
}

describe("collectFiles", () => {
  test("gives the digest, the size and the stored content of text and of other bytes", async () => {
    const folder = await directory();
    const bytes = Buffer.from([0, 255, 254, 10]);
    mkdirSync(join(folder, "notes"));
    writeFileSync(join(folder, "notes/a.md"), "all is well\n\u0000");
    writeFileSync(join(folder, "b.bin"), bytes);
    const collected = await collectFiles(folder, ["notes/a.md", "b.bin"]);
    if (!collected.ok) throw new Error(collected.error);
    expect(collected.files.map(({ path, bytes: size, sha256 }) => [path, size, sha256])).toEqual([
      ["notes/a.md", 13, hash("sha256", "all is well\n\u0000", "hex")],
      ["b.bin", 4, hash("sha256", bytes, "hex")],
    ]);
    const stored = collected.artifacts.map(({ content }) => decodeFile(content));
    expect([stored[0]?.toString(), stored[1]?.equals(bytes)]).toEqual([
      "all is well\n\u0000",
      true,
    ]);
    expect(
      collected.artifacts.map(({ sha256, content }) => hash("sha256", content, "hex") === sha256),
    ).toEqual([true, true]);
    expect(collected.files.map(({ artifact }) => artifact)).toEqual(
      collected.artifacts.map(({ sha256 }) => sha256),
    );
  });

  test("follows a link to a file inside the directory", async () => {
    const folder = await directory();
    writeFileSync(join(folder, "real.md"), "r");
    symlinkSync("real.md", join(folder, "link.md"));
    expect(await collectFiles(folder, ["link.md"])).toMatchObject({ ok: true });
  });

  test("refuses what is missing, outside, no regular file, or the engine's own", async () => {
    const folder = await directory();
    mkdirSync(join(folder, "folder"));
    mkdirSync(join(folder, ".axw"));
    writeFileSync(join(folder, ".axw/run.json"), "{}");
    symlinkSync("/etc/hostname", join(folder, "outside"));
    symlinkSync(".axw/run.json", join(folder, "own"));
    const paths = ["no.md", "folder", "outside", "own", "no.md/x"];
    const problems = await Promise.all(paths.map((path) => problemOf(folder, path)));
    const outside = "leads outside of it; write the file into the directory itself";
    expect(problems).toEqual([
      "the file `no.md` of the run's directory does not exist",
      "the file `folder` of the run's directory is not a regular file",
      `the file \`outside\` of the run's directory ${outside}`,
      `the file \`own\` of the run's directory ${outside}`,
      "the file `no.md/x` of the run's directory does not exist",
    ]);
  });

  test("refuses files of more than 100 MB together", async () => {
    const folder = await directory();
    writeFileSync(join(folder, "a"), "a");
    writeFileSync(join(folder, "b"), "");
    truncateSync(join(folder, "b"), 100_000_000);
    const collected = await collectFiles(folder, ["a", "b"]);
    expect(collected).toEqual({
      ok: false,
      error:
        "the file `b` of the run's directory is too large: the files of a step may have " +
        "100000000 bytes in total",
    });
  });
});

describe("restoreFile", () => {
  const file = (text: string) => ({ path: "notes/a.md", sha256: hash("sha256", text, "hex") });
  const content = (text: string) => () => Buffer.from(text);

  test("writes a file that is missing or differs, and leaves one that does not", async () => {
    const folder = await directory();
    const written = [await restoreFile(folder, file("good"), content("good"))];
    writeFileSync(join(folder, "notes/a.md"), "spoiled");
    written.push(await restoreFile(folder, file("good"), content("good")));
    written.push(
      await restoreFile(folder, file("good"), () => {
        throw new Error("read without need");
      }),
    );
    expect([written, readFileSync(join(folder, "notes/a.md"), "utf8")]).toEqual([
      [true, true, false],
      "good",
    ]);
  });

  test("replaces a folder, and a link that leads outside, without touching what is outside", async () => {
    const [folder, outside] = [await directory(), await directory()];
    writeFileSync(join(outside, "a.md"), "not mine");
    symlinkSync(outside, join(folder, "notes"));
    await restoreFile(folder, file("good"), content("good"));
    expect([
      readFileSync(join(folder, "notes/a.md"), "utf8"),
      readFileSync(join(outside, "a.md"), "utf8"),
    ]).toEqual(["good", "not mine"]);
    await rm(join(folder, "notes/a.md"));
    mkdirSync(join(folder, "notes/a.md/inner"), { recursive: true });
    await restoreFile(folder, file("good"), content("good"));
    expect(statSync(join(folder, "notes/a.md")).isFile()).toBe(true);
  });
});

describe("filePathProblem", () => {
  test("accepts paths that stay in the directory", () => {
    const paths = ["a.md", "notes/a b.md", "./x", "a..b", "x/.axw"];
    expect(paths.map(filePathProblem)).toEqual(paths.map(() => undefined));
  });

  test("refuses all others with a reason", () => {
    const paths = ["", "a/", "/abs/x", "../y", "notes/../z", ".axw/x", "./.axw", "a\0"];
    expect(paths.map(filePathProblem)).toEqual([
      "names no file",
      "names no file",
      "is absolute; write it relative to the run's directory",
      "contains `..`; a file must be in the run's directory",
      "contains `..`; a file must be in the run's directory",
      "begins with `.axw`, which is the engine's own folder",
      "begins with `.axw`, which is the engine's own folder",
      "contains a NUL character",
    ]);
  });
});
