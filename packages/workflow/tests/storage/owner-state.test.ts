import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { addEngine, removeEngine } from "../../src/storage/local-engines.js";
import { isOwned, ownerState } from "../../src/storage/owner-state.js";
import { thisProcess } from "../../src/storage/process-identity.js";

const NOW = 1000;
const me = { ownerId: "e", ...thisProcess() };
const { machine: _, ...old } = me;
const { pid: endedPid } = spawnSync(process.execPath, ["-e", ""]);

const working = { worksOn: (runId: string) => runId === "r" };
const idle = { worksOn: () => false };
addEngine("works-on-r", working);
addEngine("dropped-r", idle);
addEngine("could-not-release-r", idle);
removeEngine("could-not-release-r", idle, false);
addEngine("closed", idle);
removeEngine("closed", idle, true);

describe("ownerState", () => {
  test.each([
    ["no owner", undefined, 2000, "none"],
    ["a living process", me, 2000, "alive"],
    ["a living process whose lease has expired", me, 999, "expired"],
    ["a process that has ended", { ...me, pid: endedPid }, 2000, "gone"],
    ["a process whose id belongs to another", { ...me, processStart: "other" }, 2000, "gone"],
    ["a process in another pid namespace", { ...me, machine: "other" }, 2000, "elsewhere"],
    ["one there whose lease has expired", { ...me, machine: "other" }, 999, "expired"],
    [
      "one there with an id that is free here",
      { ...old, machine: "x", pid: endedPid },
      2000,
      "elsewhere",
    ],
    ["a living process under another host name", { ...me, host: "renamed" }, 2000, "alive"],
    [
      "one that has ended, under another host name",
      { ...me, host: "x", pid: endedPid },
      2000,
      "gone",
    ],
    ["an old row of a living process", old, 2000, "alive"],
    ["an old row of a process that has ended", { ...old, pid: endedPid }, 2000, "gone"],
    ["an old row of another host", { ...old, host: `${hostname()}-2` }, 2000, "elsewhere"],
    ["an old row of another host, expired", { ...old, host: `${hostname()}-2` }, 999, "expired"],
    ["an engine here that works on the run", { ...me, ownerId: "works-on-r" }, 2000, "alive"],
    ["an engine here that dropped the run", { ...me, ownerId: "dropped-r" }, 2000, "gone"],
    ["one that closed without a release", { ...me, ownerId: "could-not-release-r" }, 2000, "gone"],
    ["an engine of another thread", { ...me, ownerId: "unknown" }, 2000, "alive"],
  ])("of %s", (_name, owner, leaseUntil, state) => {
    const run = { runId: "r", leaseUntil, ...(owner !== undefined && { owner }) };
    expect([ownerState(run, NOW), isOwned(run, NOW)]).toEqual([
      state,
      state === "alive" || state === "elsewhere",
    ]);
  });
});
