/** A page in a real browser that keeps account of what must not happen: other origins, console errors, policy violations. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import ts from "typescript";

/** Of the WCAG, level AA, for text of any size. */
const LEAST_CONTRAST = 4.5;

const ACCESSIBILITY = ts
  .transpile(readFileSync(join(import.meta.dirname, "in-page/accessibility.ts"), "utf8"), {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
  })
  .replace("export function", "function");

/** Runs in the page, before its own scripts. */
const NOTE_VIOLATIONS = `
  window.violations = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    window.violations.push("policy: " + violatedDirective + " " + blockedURI);
  });
`;

export interface Watched {
  readonly page: Page;
  /** Everything that must not have happened, as sentences. */
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Faults whose text matches one of `expected` are none: an API that a test takes away is noticed in the console. */
export async function watchedPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
  expected: readonly RegExp[] = [],
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const seen: string[] = [];
  const page = await context.newPage();
  page.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== "data:" && asked !== origin) seen.push(`a request to ${request.url()}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => seen.push(`uncaught: ${error.message}`));
  // Before any script of the page, so that none of its violations goes unseen.
  await page.addInitScript({ content: NOTE_VIOLATIONS });
  return {
    page,
    faults: async () => {
      const violations = await page.evaluate<readonly string[]>("window.violations");
      return [...seen, ...violations].filter(
        (fault) => !expected.some((pattern) => pattern.test(fault)),
      );
    },
    close: () => context.close(),
  };
}

/** What is wrong with the page as it stands now, as sentences. */
export const accessibilityFaults = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`(() => { ${ACCESSIBILITY}; return accessibilityFaults(${LEAST_CONTRAST}); })()`);

/** By how many pixels the page is wider than what one sees of it. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
