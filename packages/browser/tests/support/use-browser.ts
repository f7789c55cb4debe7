import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { SampleSite } from "../../src/SampleSite.ts";
import { startBrowser } from "../../src/start-browser.ts";

/** How long the runs of the large sample take to make, at most, in ms. */
const LARGE_MS = 300_000;

/** Starts a browser for the tests of a file. Returns how they get it. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  return () => browser;
}

/** Serves the sample database for the tests of a file. Returns how they get it. */
export function useSample(
  browser: () => Browser,
  options: { readonly large?: boolean } = {},
): () => SampleSite {
  let site: SampleSite;
  beforeAll(
    async () => {
      site = await SampleSite.open(browser(), options);
    },
    ...(options.large === true ? [LARGE_MS] : []),
  );
  afterAll(() => site.close());
  return () => site;
}
