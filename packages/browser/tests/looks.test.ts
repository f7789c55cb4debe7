import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { contrastFaults } from "../src/measure/contrast.ts";
import { layoutFaults, overlaps } from "../src/measure/geometry.ts";
import { useBrowser, useSample } from "./support/use-browser.ts";

const isFull = process.env["AXW_BROWSER"] === "full";
const WIDTHS = [1440, 1024, 390, 320];
const THEMES = ["light", "dark"] as const;

/** Every screen, and what is on it once it is loaded. */
const SCREENS: readonly (readonly [path: string, selector: string])[] = [
  ["/runs", "tbody tr"],
  ["/runs/@user-auth-workflow", "[role=treegrid] [role=row]:not(.h)"],
  ["/runs/@docs-refresh", "[role=treegrid] [role=row]:not(.h)"],
  ["/gates", "main h1"],
  ["/gates/@first", "main form"],
  ["/workflows", "main table"],
  ["/workflows/user-auth-workflow", "main table"],
  ["/compare?left=@user-auth-workflow&right=@docs-refresh", "main h1"],
  ["/agents", "main table"],
  ["/health", "main h1"],
];

const pictures = fileURLToPath(new URL("../test-results/pictures/", import.meta.url));

const browser = useBrowser();
const sample = useSample(browser);
beforeAll(() => void mkdirSync(pictures, { recursive: true }));

/** In the short form, each screen is measured at its widest and narrowest, one theme each. */
const cases = SCREENS.flatMap(([path, selector]) =>
  WIDTHS.flatMap((width) => THEMES.map((theme) => ({ path, selector, width, theme }))),
).filter(
  ({ width, theme }) =>
    isFull || (width === 1440 && theme === "light") || (width === 390 && theme === "dark"),
);

describe("a screen", () => {
  test.each(cases)(
    "$path at $width px, $theme: no text overlaps or is faint, every target can be hit",
    async ({ path, selector, width, theme }) => {
      const page: Page = await sample().page(path, { width, theme });
      await page.waitForSelector(selector);
      await page.waitForTimeout(300);
      const name = `${path.replace(/\W+/g, "-")}-${width}-${theme}.png`;
      await page.screenshot({ path: `${pictures}${name}` });
      const faults = [
        ...(await layoutFaults(page)),
        ...(await overlaps(page)),
        ...(await contrastFaults(page)),
      ];
      await page.context().close();
      expect(faults).toEqual([]);
    },
  );
});
