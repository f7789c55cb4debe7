import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { foldDatabase } from "../src/golden/fold-database.ts";
import { foldsName } from "../src/golden/golden-name.ts";

const GOLDEN = fileURLToPath(new URL("../golden/", import.meta.url));
const databases = readdirSync(GOLDEN, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".db.gz"),
);
const folder = mkdtempSync(join(tmpdir(), "axw-folds-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(databases)("the journals of the golden database %s", (name) => {
  test("fold, entry by entry, to what the version that wrote them folded", () => {
    const path = join(folder, basename(name, ".gz"));
    writeFileSync(path, gunzipSync(readFileSync(join(GOLDEN, name))));
    const frozen = readFileSync(join(GOLDEN, foldsName(name)), "utf8")
      .trimEnd()
      .split("\n");
    expect(foldDatabase(path).map(parsed)).toEqual(frozen.map(parsed));
  });
});

function parsed(line: string): unknown {
  return JSON.parse(line);
}
