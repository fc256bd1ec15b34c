/**
 * A real browser: $CHROMIUM, the system's, or the one that comes with @sparticuz/chromium, whose archives are
 * unpacked into a folder of their own. Undefined where none of them starts, with the reasons.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { chromium, type Browser } from "playwright-core";

/** Nothing but the page under test may use the network. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const FONTS = "waybill-fonts.conf";
const SYSTEM = "/usr/bin/chromium";
const LAUNCH_TIMEOUT_MS = 60_000;

export interface OpenBrowser {
  readonly browser: Browser;
  /** Which one it is. */
  readonly path: string;
  /** Ends it and removes what it left. */
  close(): Promise<void>;
}

/** `only` names the one kind that is wanted. @throws Error that says why none starts */
export async function openBrowser(only?: "packaged"): Promise<OpenBrowser> {
  const reasons: string[] = [];
  const installed = [process.env.CHROMIUM, SYSTEM].filter((path) => path && existsSync(path));
  if (only === undefined)
    for (const path of installed as string[]) {
      try {
        return await launch(path, undefined);
      } catch (error) {
        reasons.push(`${path}: ${firstLine(error)}`);
      }
    }
  const folder = mkdtempSync(join(tmpdir(), "waybill-chromium-"));
  try {
    const path = await unpack(folder);
    const libraries = join(folder, "al2023", "lib");
    // The archive's libraries are for systems that have none.
    for (const extra of [undefined, libraries]) {
      try {
        return await launch(path, folder, extra);
      } catch (error) {
        reasons.push(`@sparticuz/chromium: ${firstLine(error)}`);
      }
    }
  } catch (error) {
    reasons.push(`@sparticuz/chromium: ${firstLine(error)}`);
  }
  remove(folder);
  throw new Error(`no browser starts: ${reasons.join("; ")}`);
}

async function launch(
  path: string,
  folder: string | undefined,
  libraries?: string,
): Promise<OpenBrowser> {
  const browser = await chromium.launch({
    executablePath: path,
    args: FLAGS,
    timeout: LAUNCH_TIMEOUT_MS,
    env: {
      ...(process.env as Record<string, string>),
      // With the C locale it calls its language "en-US@posix", which no page understands.
      LC_ALL: "en_US.UTF-8",
      ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }),
      ...(folder === undefined ? {} : { FONTCONFIG_FILE: join(folder, FONTS) }),
    },
  });
  return {
    browser,
    path,
    close: async () => {
      await browser.close();
      if (folder !== undefined) remove(folder);
    },
  };
}

/** Returns the path of the browser. The package unpacks into the system's temporary folder, whichever that is. */
async function unpack(folder: string): Promise<string> {
  const { inflate } = await import("@sparticuz/chromium");
  const archives = join(
    dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")),
    "../bin",
  );
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    for (const name of readdirSync(archives).filter((archive) => !archive.startsWith("swift")))
      await inflate(join(archives, name));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  writeFileSync(join(folder, FONTS), fontsOf(folder));
  return join(folder, "chromium");
}

/** The archive's font before those of the system, which may have none. */
const fontsOf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts/fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
  <alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
