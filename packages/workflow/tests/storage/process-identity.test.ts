import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import {
  identify,
  isOwnerDead,
  mayBeAlive,
  thisProcess,
} from "../../src/storage/process-identity.js";

const me = { ownerId: "e1", ...thisProcess() };

describe("thisProcess", () => {
  test("returns the same identity each time", () => {
    expect([thisProcess(), thisProcess().host, thisProcess().pid]).toEqual([
      thisProcess(),
      hostname(),
      process.pid,
    ]);
    if (process.platform !== "win32") expect(thisProcess().processStart).not.toBe("");
  });
});

describe("isOwnerDead", () => {
  test("distinguishes a live process from a dead one and from another process with the same id", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await once(child, "spawn");
    const owner = { ...me, pid: child.pid ?? 0, processStart: "" };
    const [alive, replaced] = [
      isOwnerDead(owner),
      isOwnerDead({ ...owner, processStart: me.processStart }),
    ];
    child.stdin.end();
    await once(child, "exit");
    expect([isOwnerDead(me), alive, replaced, isOwnerDead(owner)]).toEqual([
      false,
      false,
      process.platform !== "win32",
      true,
    ]);
  });

  test("is undefined for a process on another machine; the host name decides if none is recorded", () => {
    const { machine: _, ...old } = me;
    expect([
      isOwnerDead({ ...me, machine: "another" }),
      isOwnerDead({ ...me, host: `${hostname()}-2` }),
      isOwnerDead({ ...old, host: `${hostname()}-2` }),
      isOwnerDead(old),
    ]).toEqual([undefined, false, undefined, false]);
  });

  test("is true for ids that identify no single process", () => {
    expect([0, -1, 2 ** 30].map((pid) => isOwnerDead({ ...me, pid }))).toEqual([true, true, true]);
  });

  test.runIf(process.platform === "linux")(
    "is false for a live process owned by another user",
    () => {
      expect(isOwnerDead({ ...me, pid: 1, processStart: "" })).toBe(false);
    },
  );
});

describe("mayBeAlive", () => {
  test("is true while the leader runs, and after that while its children may run", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await once(child, "spawn");
    const group = identify(child.pid ?? 0);
    const running = mayBeAlive(group);
    child.stdin.end();
    await once(child, "exit");
    expect([running, mayBeAlive(group)]).toEqual([true, true]);
  });

  test.runIf(process.platform === "linux")(
    "is false for another machine, another boot, and another process with the same id",
    () => {
      const group = identify(process.pid);
      const reused = { ...group, processStart: `${group.processStart}0` };
      const earlier = { ...group, pid: 2 ** 30, processStart: "another-boot/5" };
      expect([
        mayBeAlive(group),
        mayBeAlive({ ...group, machine: "another" }),
        mayBeAlive(reused),
        mayBeAlive(earlier),
      ]).toEqual([true, false, false, false]);
    },
  );
});
