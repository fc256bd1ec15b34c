// Builds the dashboard, which the agent serves, and the overview of a local network, which the demo serves.
// scripts/bootstrap.mjs calls it whenever a source of theirs has changed.
import { join, resolve } from "node:path";

import { build } from "vite";

const DASHBOARD = resolve(import.meta.dirname, "../offchain/app/dashboard");

for (const root of [DASHBOARD, join(DASHBOARD, "overview")])
  await build({
    root,
    configFile: false,
    // The content security policy lets nothing in but files of the server itself.
    base: "./",
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: "dist",
      emptyOutDir: true,
      target: "es2024",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
