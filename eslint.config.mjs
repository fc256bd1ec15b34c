import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const nodeGlobals = Object.fromEntries(
  ["console", "process", "setTimeout", "clearTimeout", "URL", "fetch", "Buffer"].map((name) => [
    name,
    "readonly",
  ]),
);

export default defineConfig(
  globalIgnores(["artifacts", "cache", "generated", "**/dist", "coverage", "deploy/deployments"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.{js,mjs,cjs}"],
    extends: [js.configs.recommended],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // What was caught may be passed on as it is.
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      // Constructors of branded values take the brand from their caller.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    // Programs that a person starts talk to that person.
    files: ["scripts/**", "offchain/app/**", "test/**"],
    rules: { "no-console": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // chai asserts by reading properties, and mocha's callbacks need no types.
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
);
