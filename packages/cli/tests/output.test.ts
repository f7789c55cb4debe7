import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { finish, main } from "../src/main.js";
import { Output } from "../src/Output.js";
import { BIN, Folder, workflow } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");
const noFullDevice = existsSync("/dev/full") ? undefined : "needs /dev/full";

/** A stream whose writes fail with this code. */
function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) =>
      done(Object.assign(new Error(`${code}: no luck`), { code })),
  });
}

describe("axw without a command", () => {
  test("prints its help to stdout, as --help does", async () => {
    const [bare, help] = [new FakeIo({ cwd: "." }), new FakeIo({ cwd: "." })];
    expect([await main([], bare), await main(["--help"], help)]).toEqual([0, 0]);
    expect([bare.out.text, bare.err.text]).toEqual([help.out.text, ""]);
    expect(bare.out.text).toMatch(/^Usage: axw /);
  });
});

describe("lost output", () => {
  test.skipIf(noFullDevice !== undefined)(
    `is reported in one line with exit code 1${noFullDevice === undefined ? "" : ` (${noFullDevice})`}`,
    async () => {
      const folder = new Folder({ "flow.yaml": ONE });
      const at = (command: string) =>
        spawnSync("sh", ["-c", `'${process.execPath}' '${BIN}' ${command} > /dev/full`], {
          cwd: folder.path,
          encoding: "utf8",
        });
      const ran = at("run flow.yaml --json");
      const listed = at("list");
      expect({ code: ran.status, launches: folder.launches() }).toEqual({
        code: 1,
        launches: ["one"],
      });
      expect({ code: listed.status, stderr: listed.stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^error {2}output_lost {2}[^\n]*ENOSPC[^\n]*\n$/),
      });
    },
  );

  test.each([
    ["ENOSPC", 0, 1],
    ["ENOSPC", 3, 3],
    ["EPIPE", 0, 0],
    ["ECONNRESET", 0, 0],
  ])("in %s turns exit code %i into %i", async (code, exitCode, expected) => {
    const io = Object.assign(new FakeIo({ cwd: "." }), { stdout: new Output(failing(code)) });
    io.stdout.line("one");
    io.stdout.line("two");
    expect([await finish(exitCode, io), io.err.text !== ""]).toEqual([expected, code === "ENOSPC"]);
  });
});
