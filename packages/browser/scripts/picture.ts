// Makes the picture of the README: node packages/browser/scripts/picture.ts. It shows a run of the
// sample database, as a real server serves it.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SampleSite } from "../src/SampleSite.ts";
import { startBrowser } from "../src/start-browser.ts";

const folder = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
const site = await SampleSite.open(browser);
const page = await site.page("/runs/@user-auth-workflow", { width: 1280, height: 800 });
await page.getByRole("row").nth(5).waitFor();
await page.getByRole("log").getByText("part 4 of 4").waitFor();
await page.screenshot({ path: `${folder}run.png` });
await site.close();
await browser.close();
