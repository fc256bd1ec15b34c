// Takes the pictures of docs/images anew: a network runs for some epochs, one of its relays losing a share of what comes
// in, and a browser looks at it. They differ each time, as the network's figures do.
//
//   npm run screenshots
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Browser, Page } from "playwright-core";

import { apiClient } from "../offchain/app/api/client.ts";
import type { components } from "../offchain/app/api/types.ts";
import { openBrowser } from "./browser/chromium.ts";
import { networkOptions, parseOptions } from "./demo/options.ts";
import { createView } from "./demo/view.ts";
import { startWatched, type Watched } from "./demo/watch.ts";
import { LocalNetwork } from "./local-network/network.ts";

const IMAGES = resolve(import.meta.dirname, "../docs/images");
const MOST_BYTES = 200_000;
/** Epochs whose claims are paid before the pictures are taken. */
const EPOCHS = 6;
const POLL_MS = 2_000;
/** For plots and figures to be drawn. */
const SETTLE_MS = 3_000;
const SEED = "screenshots";
const DROP = "0.5";

const WIDE = { width: 1_200, height: 800 };
const PHONE = { width: 360, height: 780 };

const options = parseOptions(["--drop", DROP, "--seed", SEED]);
const view = createView();
const network = new LocalNetwork({
  ...networkOptions(options),
  onStage: (stage) => {
    view.stage(stage);
  },
});
const opened = await openBrowser();
let watched: Watched | undefined;
try {
  const plan = { file: undefined, channels: true, drop: { share: Number(DROP), seed: SEED } };
  watched = await startWatched(network, plan, view);
  await watched.delivered;
  // Not the one that loses packets.
  const page = watched.relays[1]?.page ?? "";
  view.stage(`waiting for ${EPOCHS} epochs with earnings`);
  await untilEarned(page);
  await takeAll(opened.browser, watched.overview, page);
} finally {
  view.close();
  await watched?.close();
  await opened.close();
  await network.stop(3_000);
}

async function untilEarned(page: string): Promise<void> {
  const { origin, hash } = new URL(page);
  const client = apiClient(origin, hash.slice("#token=".length));
  for (;;) {
    const { data } = await client.GET("/v1/earnings");
    const earnings = data as components["schemas"]["Earnings"] | undefined;
    const paid = earnings?.epochs.filter(({ rewards }) => rewards !== "0") ?? [];
    if (paid.length >= EPOCHS) return;
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

async function takeAll(browser: Browser, overview: string, relay: string): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  await look(browser, overview, WIDE, "light", (page) => take(page, "overview"));
  await look(browser, relay, WIDE, "light", async (page) => {
    await go(page, "Now");
    await take(page, "dashboard-now");
    await go(page, "Epochs");
    await take(page, "dashboard-epochs");
  });
  await look(browser, relay, WIDE, "dark", async (page) => {
    await go(page, "Peers");
    await take(page, "dashboard-peers-dark");
  });
  await look(browser, relay, PHONE, "light", async (page) => {
    await go(page, "Earnings");
    await take(page, "dashboard-phone");
  });
}

async function look(
  browser: Browser,
  url: string,
  viewport: typeof WIDE,
  colorScheme: "light" | "dark",
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForTimeout(SETTLE_MS);
  await work(page);
  await context.close();
}

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await page.waitForTimeout(SETTLE_MS);
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  view.stage(`${name}.png: ${size} bytes`);
  if (size > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES} bytes`);
}
