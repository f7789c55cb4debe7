import { afterEach, describe, expect, test, vi } from "vitest";
import { systemPorts } from "../src/ports.js";

afterEach(() => vi.restoreAllMocks());

describe("the system's clock", () => {
  test("follows the wall clock when the machine has slept, and does not go back with it", () => {
    const { clock } = systemPorts;
    const [before, wall] = [clock.now(), Date.now()];
    const hour = 3_600_000;
    const wallClock = vi.spyOn(Date, "now").mockReturnValue(wall + hour);
    const after = clock.now();
    wallClock.mockReturnValue(wall - hour);
    const later = clock.now();
    expect([Math.abs(after - before - hour) < 1000, later >= after]).toEqual([true, true]);
  });
});
