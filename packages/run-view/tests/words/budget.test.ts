import { describe, expect, test } from "vitest";
import { budgetText } from "../../src/index.js";

describe("budgetText", () => {
  test("shows dollars, tokens and times as people write them, and what is reserved", () => {
    const share = { reserved: 0, percent: 40 } as const;
    expect(
      budgetText({
        limits: {},
        settled: { usd: 3.2, tokens: 1, launches: 1, wallMs: 1 },
        reserved: {},
        estimated: 0,
        unmetered: 2,
        shares: [
          { ...share, dimension: "usd", settled: 3.2, limit: 8, reserved: 0.4 },
          { ...share, dimension: "tokens", settled: 1_200_000, limit: 3_000_000 },
          { ...share, dimension: "wall", settled: 90_000, limit: 7_200_000, percent: 1.25 },
          { ...share, dimension: "usd", settled: 0.0004, limit: 0.001, percent: 40 },
        ],
      }),
    ).toBe(
      "usd 3.20 of 8 (40 %), 0.40 reserved; tokens 1,200,000 of 3,000,000 (40 %); " +
        "wall 1m30s of 2h00m (1 %); usd 0.0004 of 0.001 (40 %); 2 attempts of unknown cost",
    );
  });
});
