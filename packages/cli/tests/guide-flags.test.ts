import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../src/program.js";
import { FakeIo } from "./harness/FakeIo.js";

const GUIDE = readFileSync(new URL("../../../docs/guide/cli.md", import.meta.url), "utf8");

/** The flags of each command in the guide's table, in alphabetical order. */
function flagsInGuide(): Record<string, readonly string[]> {
  const [, table = ""] = GUIDE.split(/^\| command +\| flags +\|\n/m);
  const [rows = ""] = table.split("\n\n");
  return Object.fromEntries(
    rows.split("\n").flatMap((row) => {
      const [, commands = "", flags = ""] = row.split(/(?<!\\)\|/);
      const names = [...commands.matchAll(/`([a-z][a-z -]*?)(?: RUN)?`/g)].map(
        ([, name = ""]) => name,
      );
      const found = [...flags.matchAll(/`(--[a-z-]+)/g)].map(([, flag = ""]) => flag);
      return names.map((name) => [name, found.sort()] as const);
    }),
  );
}

/** The flags of each command that has any. */
function flagsOf({ commands }: Command, prefix = ""): Record<string, readonly string[]> {
  return Object.assign(
    {},
    ...commands.map((command) => {
      // `create` need not be typed: `axw checkpoint RUN`.
      const name = `${prefix}${command.name()}`.replace(/ create$/, "");
      const flags = command.options.flatMap(({ long }) => long ?? []).sort();
      return { ...(flags.length > 0 && { [name]: flags }), ...flagsOf(command, `${name} `) };
    }),
  );
}

describe("the table of flags in the guide", () => {
  test("lists every flag of every command", () => {
    const program = buildProgram(
      new FakeIo({ cwd: "." }),
      () => "0",
      () => undefined,
    );
    expect(flagsInGuide()).toEqual(flagsOf(program));
  });
});
