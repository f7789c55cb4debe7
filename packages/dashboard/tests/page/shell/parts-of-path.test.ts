import { describe, expect, test } from "vitest";
import { partsOfPath } from "../../../src/page/shell/parts-of-path.js";

describe("the parts of an address", () => {
  test.each<[string, readonly string[]]>([
    ["/", []],
    ["//runs//c41d7e/", ["runs", "c41d7e"]],
    ["/workflows/a%2Fb%20c.yaml", ["workflows", "a/b c.yaml"]],
    ["/gates/r~build%23%C3%A9[1]~1", ["gates", "r~build#é[1]~1"]],
  ])("are decoded one by one: %s", (path, parts) => {
    expect(partsOfPath(path)).toEqual(parts);
  });

  test.each<[string, readonly string[]]>([
    ["/runs/100%", ["runs", "100%"]],
    ["/runs/%zz/x%20y", ["runs", "%zz", "x y"]],
    ["/runs/%E0%A4%A", ["runs", "%E0%A4%A"]],
  ])("are taken as they are written if they cannot be decoded: %s", (path, parts) => {
    expect(partsOfPath(path)).toEqual(parts);
  });
});
