import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hashDefinition, prepareWorkflow } from "../../src/index.js";

const FOLDERS = ["frozen-definitions", "workflows"];
const fixtures = new URL("../fixtures/", import.meta.url);
const files = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(folder, fixtures))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`),
);
const frozen = JSON.parse(
  readFileSync(new URL("frozen-definitions/hashes.json", fixtures), "utf8"),
) as Readonly<Record<string, unknown>>;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

// A run is pinned to the hash of its definition and `--run-id` compares it, so a newer version must
// normalise a file of an older one to the same bytes. Entries are added here and never changed.
describe("a definition of version 0.1.0", () => {
  test("is one of the frozen files, and each frozen file is present", () => {
    expect(files).toEqual(Object.keys(frozen));
  });

  test.each(files)("normalises to the same bytes and the same hash: %s", (file) => {
    const workflow = prepareWorkflow(readFileSync(new URL(file, fixtures), "utf8"));
    expect({
      definition: hashDefinition(workflow.definition),
      json: sha256(workflow.json),
    }).toEqual(frozen[file]);
  });
});
