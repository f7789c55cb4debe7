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
  test("is the same each time it is asked", () => {
    expect([thisProcess(), thisProcess().host, thisProcess().pid]).toEqual([
      thisProcess(),
      hostname(),
      process.pid,
    ]);
    if (process.platform !== "win32") expect(thisProcess().processStart).not.toBe("");
  });
});

describe("isOwnerDead", () => {
  test("sees that a process is there, gone, or another one under the same id", async () => {
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

  test("cannot tell of another machine", () => {
    expect(isOwnerDead({ ...me, host: `${hostname()}-2` })).toBe(undefined);
  });

  test("takes ids that name no single process for dead", () => {
    expect([0, -1, 2 ** 30].map((pid) => isOwnerDead({ ...me, pid }))).toEqual([true, true, true]);
  });

  test.runIf(process.platform === "linux")(
    "does not take a process of another user for dead",
    () => {
      expect(isOwnerDead({ ...me, pid: 1, processStart: "" })).toBe(false);
    },
  );
});

describe("mayBeAlive", () => {
  test("holds while the leader runs, and after it while others of its group may", async () => {
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
    "does not hold for another machine, another boot, or another process of the same id",
    () => {
      const group = identify(process.pid);
      const reused = { ...group, processStart: `${group.processStart}0` };
      const earlier = { ...group, pid: 2 ** 30, processStart: "another-boot/5" };
      expect([
        mayBeAlive(group),
        mayBeAlive({ ...group, host: "elsewhere" }),
        mayBeAlive(reused),
        mayBeAlive(earlier),
      ]).toEqual([true, false, false, false]);
    },
  );
});
