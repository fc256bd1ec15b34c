/**
 * The dashboard in a real browser, before a network that runs: `npm run demo -- --dashboard`. On machines for which
 * npm brings no browser the tests are skipped where none is installed, and say why.
 */
import { readFileSync, rmSync } from "node:fs";
import { request } from "node:http";

import { expect } from "chai";
import type { Page } from "playwright-core";

import { openBrowser, type OpenBrowser } from "../../scripts/browser/chromium.ts";
import { ChildGroup } from "../../scripts/local-network/child.ts";
import { accessibilityFaults, overhang, watchedPage, type Watched } from "./support/browser.ts";
import { processesOf } from "./support/processes.ts";
import { endAll, start, type Run } from "./support/run.ts";
import { until } from "./support/wait.ts";

const VIEWS = [
  ...["Now", "Traffic", "Channels", "Tickets", "Epochs"],
  ...["Peers", "Earnings", "Journal", "Agent", "Settings"],
];
const ADDRESSES_SECONDS = 240;
const SHOWN_MS = 30_000;
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };
/** Where npm brings a browser with all that it needs besides glibc; anywhere else one has to be installed. */
const HAS_BROWSER = process.platform === "linux" && process.arch === "x64";
/** What the browser's console says of an API that a test takes away, or of a wrong token. */
const AWAY = [/Failed to load resource/];

interface Addresses {
  readonly overview: string;
  readonly relays: readonly { readonly name: string; readonly page: string }[];
}

describe("the dashboard", () => {
  let run: Run;
  let browser: OpenBrowser;
  let addresses: Addresses;
  /** The first relay's own page, with its token. */
  let relay: { readonly origin: string; readonly token: string; readonly url: string };
  const children = new ChildGroup();
  const undoing: (() => Promise<void> | void)[] = [];

  before(async function () {
    try {
      browser = await openBrowser();
    } catch (error) {
      if (HAS_BROWSER) throw error;
      console.log(`    skipped: ${String(error)}`);
      this.skip();
    }
    undoing.push(() => browser.close());
    run = start("scripts/demo.ts", ["--dashboard", "--json"]);
    undoing.push(() => {
      endAll(run);
      rmSync(run.temporary, { recursive: true, force: true });
    });
    await until(ADDRESSES_SECONDS, "the demo tells where to look", () =>
      run.stdout.includes("}\n"),
    );
    addresses = JSON.parse(run.stdout.split("\n")[0] ?? "") as Addresses;
    const url = addresses.relays[0]?.page ?? "";
    relay = { url, origin: new URL(url).origin, token: url.split("#token=")[1] ?? "" };
  });

  after(async () => {
    await children.stopAll();
    for (const undo of undoing) await undo();
  });

  /** Opens a page, lets `look` look at it, and checks that nothing happened that must not. */
  async function visit(
    url: string,
    look: (page: Page) => Promise<void>,
    options: Parameters<typeof watchedPage>[2] = {},
    expected: readonly RegExp[] = [],
  ): Promise<void> {
    const watched: Watched = await watchedPage(
      browser.browser,
      new URL(url).origin,
      options,
      expected,
    );
    try {
      watched.page.setDefaultTimeout(SHOWN_MS);
      await watched.page.goto(url);
      await look(watched.page);
      expect(await watched.faults()).to.deep.equal([]);
    } finally {
      await watched.close();
    }
  }

  const link = (page: Page, view: string) =>
    page.getByRole("navigation").getByRole("link", { name: view, exact: true });

  /** The view is there, and every part of it has been read. */
  async function shown(page: Page, view: string): Promise<void> {
    await page.getByRole("heading", { level: 1, name: view, exact: true }).waitFor();
    await page.locator("main .loading").first().waitFor({ state: "detached" });
  }

  it("takes the token out of the address at once and keeps it for this tab alone", async () => {
    await visit(relay.url, async (page) => {
      await shown(page, "Now");
      expect(page.url()).to.equal(`${relay.origin}/`);
      await page.reload();
      await shown(page, "Now");
      expect(await page.evaluate("JSON.stringify(localStorage)")).to.equal("{}");
    });
    await visit(`${relay.origin}/`, async (page) => {
      await page.getByLabel("Token").waitFor();
    });
  });

  it("shows every view at a click, accessible in light and in dark", async () => {
    for (const colorScheme of ["light", "dark"] as const)
      await visit(
        relay.url,
        async (page) => {
          for (const view of VIEWS) {
            await link(page, view).click();
            await shown(page, view);
            expect(await link(page, view).getAttribute("aria-current")).to.equal("page");
            expect(await accessibilityFaults(page), `${view}, ${colorScheme}`).to.deep.equal([]);
          }
        },
        { colorScheme, reducedMotion: "reduce" },
      );
  });

  it("figures change by themselves", async () => {
    await visit(relay.url, async (page) => {
      await link(page, "Traffic").click();
      await shown(page, "Traffic");
      const received = page.locator(".facts div", { hasText: "Packets received" }).locator("dd");
      const before = await received.textContent();
      await until(
        60,
        "more packets are shown",
        async () => (await received.textContent()) !== before,
      );
      await link(page, "Now").click();
      const block = page.locator(".figures div", { hasText: "Chain" }).locator(".value");
      const first = await block.textContent();
      await until(
        60,
        "a further block is shown",
        async () => (await block.textContent()) !== first,
      );
    });
  });

  it("works by keyboard alone, and shows where it is", async () => {
    await visit(relay.url, async (page) => {
      await shown(page, "Now");
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).to.equal(
        "Skip to the figures",
      );
      for (const view of ["Traffic", "Epochs"]) {
        const at = () => page.evaluate<string>("document.activeElement.textContent");
        for (let tabs = 0; tabs < 20 && (await at()) !== view; tabs++)
          await page.keyboard.press("Tab");
        expect(await at()).to.equal(view);
        const outline = "getComputedStyle(document.activeElement).outlineStyle";
        expect(await page.evaluate(outline)).to.not.equal("none");
        await page.keyboard.press("Enter");
        await shown(page, view);
      }
    });
  });

  it("fits a phone: nothing is wider than the screen", async () => {
    await visit(
      relay.url,
      async (page) => {
        for (const view of VIEWS) {
          await link(page, view).click();
          await shown(page, view);
          expect(await overhang(page), view).to.equal(0);
        }
      },
      PHONE,
    );
    await visit(
      addresses.overview,
      async (page) => {
        await page.getByRole("heading", { name: "Layer 1" }).waitFor();
        expect(await overhang(page)).to.equal(0);
      },
      PHONE,
    );
  });

  it("light and dark can be chosen, and stay chosen", async () => {
    await visit(relay.url, async (page) => {
      const ground = () =>
        page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
      await shown(page, "Now");
      const light = await ground();
      const button = page.getByRole("button", { name: "Colours" });
      await button.click();
      expect(await ground()).to.equal(light);
      await button.click();
      expect(await ground()).to.not.equal(light);
      await page.reload();
      expect(await ground()).to.not.equal(light);
    });
  });

  it("a wrong token is told apart from none, and the right one opens the page", async () => {
    await visit(
      `${relay.origin}/#token=${"0".repeat(64)}`,
      async (page) => {
        await page.getByText("does not know that token").waitFor();
        expect(await page.locator("form").textContent()).to.include("waybill-data/api-token");
        expect(await accessibilityFaults(page)).to.deep.equal([]);
        await page.getByLabel("Token").fill("not a token");
        await page.keyboard.press("Enter");
        await page.getByText("it has 11 characters").waitFor();
        await page.getByLabel("Token").fill(relay.token);
        await page.getByRole("button", { name: "Show the figures" }).click();
        await shown(page, "Now");
        await page.getByRole("button", { name: "Forget token" }).click();
        await page.getByLabel("Token").waitFor();
      },
      {},
      AWAY,
    );
  });

  it("a level of the log can be changed, and the agent keeps it", async () => {
    await visit(relay.url, async (page) => {
      await link(page, "Agent").click();
      const level = page.getByLabel("Level of everything else");
      await level.selectOption("debug");
      await until(30, "the agent has the level", async () => {
        const answer = await fetch(`${relay.origin}/v1/log-levels`, {
          headers: { authorization: `Bearer ${relay.token}` },
        });
        const { levels } = (await answer.json()) as { levels: { level: string }[] };
        return levels[0]?.level === "debug";
      });
      await level.selectOption("info");
    });
  });

  it("the overview shows every relay in its layer, and changes by itself", async () => {
    await visit(addresses.overview, async (page) => {
      await page.getByRole("heading", { name: "Layer 2" }).waitFor();
      for (const { name } of addresses.relays)
        await page.locator(".layer").getByText(name, { exact: true }).waitFor();
      const flow = page.locator(".arrow b").first();
      const before = await flow.textContent();
      await until(60, "other rates are shown", async () => (await flow.textContent()) !== before);
      await until(120, "a winning ticket is shown as redeemed", async () => {
        const redeemed = page.locator(".step", { hasText: "Redeemed" }).locator(".step-value");
        return Number(await redeemed.textContent()) > 0;
      });
      expect(await accessibilityFaults(page)).to.deep.equal([]);
    });
  });

  it("shows what transactions cost, what became of them, endpoints by number, and settings", async () => {
    await visit(relay.url, async (page) => {
      await link(page, "Earnings").click();
      await shown(page, "Earnings");
      const gas = page.locator(".figures div", { hasText: "Spent on gas" }).locator(".value");
      await until(
        60,
        "gas is shown",
        async () => (await gas.textContent())?.startsWith("0.") === true,
      );
      await page.locator("tbody code").getByText("channels", { exact: true }).waitFor();
      await link(page, "Journal").click();
      await shown(page, "Journal");
      await page.getByText("done", { exact: true }).first().waitFor();
      await link(page, "Agent").click();
      await shown(page, "Agent");
      const endpoint = page.getByRole("row").filter({ hasText: "used" });
      expect(await endpoint.textContent()).to.match(/^1 useddoes well/);
      await link(page, "Settings").click();
      await shown(page, "Settings");
      const [first] = await page.locator("tbody tr").allTextContents();
      expect(first ?? "default").to.not.match(/default$/);
      expect(await page.locator("main").textContent()).to.not.include(relay.token);
    });
  });

  it("threat 55: the overview answers nobody without its token, and no other host or origin", async () => {
    const { origin, hash } = new URL(addresses.overview);
    const token = hash.slice("#token=".length);
    expect(await statusOf(`${origin}/v1/events`, {})).to.equal(401);
    const authorization = `Bearer ${token}`;
    expect(await statusOf(`${origin}/`, { host: "evil.example" })).to.equal(403);
    const foreign = { authorization, origin: "http://evil.example" };
    expect(await statusOf(`${origin}/v1/events`, foreign)).to.equal(403);
    expect(await statusOf(`${origin}/v1/events`, { authorization })).to.equal(200);
  });

  it("keeps the last figures while the relay is away, says how old they are, and comes back", async () => {
    await visit(
      relay.url,
      async (page) => {
        await link(page, "Channels").click();
        await shown(page, "Channels");
        const stopped = await stopRelay(run, new URL(relay.url).port);
        await page.getByText("No answer since").waitFor();
        await page.getByText(/The figures are those of .* ago/).waitFor();
        expect(await page.locator("tbody tr").count()).to.be.above(0);
        expect(await page.locator(".freshness").textContent()).to.match(/old$/);
        children.start({ name: "again", logFile: `${run.temporary}/again.log`, ...stopped });
        await page.getByText("No answer since").waitFor({ state: "detached", timeout: 90_000 });
        await page.getByText("live", { exact: true }).waitFor();
      },
      {},
      AWAY,
    );
  });

  it("Ctrl-C ends the network and leaves nothing behind", async () => {
    await children.stopAll();
    run.interrupt("SIGINT");
    expect(await run.ended).to.equal(130);
    await until(30, "every process has ended", () => processesOf(run.id).length === 0);
  });
});

function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

interface Stopped {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Kills the relay whose API has that port; returns how to start it there again. */
async function stopRelay(run: Run, port: string): Promise<Stopped> {
  const pid = processesOf(run.id).find((one) => listensAt(one, port));
  if (pid === undefined) throw new Error("no process has the relay's API");
  const split = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  const [, ...args] = split("cmdline").filter(Boolean);
  const env = Object.fromEntries(
    split("environ")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  process.kill(pid, "SIGKILL");
  await until(30, "the relay is gone", () => !processesOf(run.id).includes(pid));
  return {
    args: args.map((arg, at) => (args[at - 1] === "--api-listen" ? `127.0.0.1:${port}` : arg)),
    cwd: process.cwd(),
    env,
  };
}

/** By the address that the agent wrote into its data folder. */
function listensAt(pid: number, port: string): boolean {
  try {
    const data = /WAYBILL_DATA=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1];
    const isRun = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0run\0");
    return isRun && readFileSync(`${data}/api-address`, "utf8").trim().endsWith(`:${port}`);
  } catch {
    return false;
  }
}
