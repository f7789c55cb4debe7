import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { processIo } from "../src/io.js";
import { Folder } from "./harness/axw.js";

describe("CliIo.openEditor", () => {
  test("runs the editor with its flags on the file, and says whether it ended normally", async () => {
    const folder = new Folder({ "new text": "edited", "result.txt": "as it was" });
    const path = join(folder.path, "result.txt");
    const io = processIo();
    const copy = `cp -f '${join(folder.path, "new text")}'`;
    expect([await io.openEditor(copy, path), readFileSync(path, "utf8")]).toEqual([true, "edited"]);
    expect([
      await io.openEditor("false", path),
      await io.openEditor("no-such-editor", path),
    ]).toEqual([false, false]);
  });
});
