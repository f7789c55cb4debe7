import { sha256 } from "@automatosx/workflow/sqlite";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../src/schema.js";

test("the text of each migration has the sha-256 recorded in existing databases", () => {
  expect(MIGRATIONS.map((text) => sha256(Buffer.from(text)))).toEqual([
    "d28720157038e2c92f883b21949df30d5d103cbfa7fff266761411edd6040cd5",
  ]);
});
