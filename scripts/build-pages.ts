// Builds the dashboard, which the agent serves, and the overview of a local network, which the demo serves.
// scripts/bootstrap.mjs calls it whenever a source of theirs has changed.
import { join, resolve } from "node:path";

import { build } from "vite";

const ROOT = resolve(import.meta.dirname, "../offchain/app/dashboard");

/** Both are the same document with a script of its own. */
const PAGES = [
  { script: "./main.tsx", outDir: "dist" },
  { script: "./overview/main.tsx", outDir: "overview/dist" },
];

for (const { script, outDir } of PAGES)
  await build({
    root: ROOT,
    configFile: false,
    // The content security policy lets nothing in but files of the server itself.
    base: "./",
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    plugins: [
      {
        name: "script-of-the-page",
        transformIndexHtml: {
          order: "pre",
          handler: (html) => html.replace("./main.tsx", script),
        },
      },
    ],
    build: {
      outDir: join(ROOT, outDir),
      emptyOutDir: true,
      target: "es2024",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
