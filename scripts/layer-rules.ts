// Who may import whom. Each layer sees the ones to its left only:
//
//   core ← ports ← link ← relay, client ← app
//          ports ← settlement ← app
//
// Adapters implement ports, so that everything between core and app can be
// tested without a network, a chain or a disk. scripts/check-layers.ts runs
// these rules and proves on planted faults that they still bite.
import type { ICruiseOptions, IRegularForbiddenRuleType } from "dependency-cruiser";

type Rule = IRegularForbiddenRuleType;

/** For each folder of offchain/, the other folders it may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ["core"],
  link: ["core", "ports"],
  relay: ["core", "ports", "link"],
  settlement: ["core", "ports"],
  client: ["core", "ports", "link"],
  simulation: ["core", "ports"],
  adapters: ["core", "ports"],
  app: ["core", "ports", "link", "relay", "settlement", "client", "simulation", "adapters"],
};

/** Packages that compute and do nothing else. */
const purePackages = "@noble/(ciphers|curves|hashes)|@scure/base|hash-wasm";

const belowAdapters = "^offchain/(core|ports|link|relay|settlement|client|simulation)/";
const dashboard = "^offchain/app/dashboard/";
const coreCrypto = "^offchain/core/crypto/";
const nodeCrypto = "^(node:)?crypto$";
const nodeModule = "^(node:)?module$";
const fromNode: Rule["to"] = { dependencyTypes: ["core"] };
const fromNpm: Rule["to"] = {
  dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"],
};

function forbid(name: string, reason: string, from: Rule["from"], to: Rule["to"]): Rule {
  return { name, comment: reason, severity: "error", from, to };
}

const perLayer = Object.entries(mayImport).map(([layer, others]) =>
  forbid(
    `layer-${layer}`,
    `offchain/${layer} may import ${others.length === 0 ? "nothing else of ours" : others.join(", ")}`,
    { path: `^offchain/${layer}/` },
    {
      path: "^(offchain|scripts|test|deploy|generated)/",
      pathNot: [
        `^offchain/(${[layer, ...others].join("|")})/`,
        // Contract types have a rule of their own.
        ...(layer === "adapters" ? ["^generated/contracts/"] : []),
      ],
    },
  ),
);

export const forbidden: Rule[] = [
  ...perLayer,
  forbid(
    "no-node-modules-inside",
    "files, sockets, clocks and randomness come in through a port",
    { path: belowAdapters },
    { ...fromNode, pathNot: [nodeCrypto, nodeModule] },
  ),
  forbid(
    "require-for-the-native-curve-only",
    "a binding that may be missing on this machine has to be loaded by hand, and there is one",
    { path: belowAdapters, pathNot: "^offchain/core/crypto/native\\.ts$" },
    { ...fromNode, path: nodeModule },
  ),
  forbid(
    "node-crypto-in-core-crypto-only",
    "one folder chooses between the implementations of a primitive",
    { path: belowAdapters, pathNot: coreCrypto },
    { ...fromNode, path: nodeCrypto },
  ),
  forbid(
    "pure-packages-inside",
    "below the adapters, packages may only compute",
    { path: belowAdapters, pathNot: coreCrypto },
    { ...fromNpm, pathNot: `node_modules/(${purePackages})/` },
  ),
  forbid(
    "pure-packages-in-core-crypto",
    "native code has one home, and there it is the curve library alone",
    { path: coreCrypto },
    { ...fromNpm, pathNot: `node_modules/(${purePackages}|secp256k1)/` },
  ),
  forbid(
    "adapters-are-wired-from-outside",
    "only the app, scripts and tests choose adapters",
    { pathNot: "^(offchain/(app|adapters)|scripts|test)/" },
    { path: "^offchain/adapters/" },
  ),
  forbid(
    "pages-stand-alone",
    "the dashboard runs in a browser: it knows the API by its types, and what core computes",
    { path: dashboard },
    {
      path: "^(offchain|scripts|test|deploy|generated)/",
      pathNot: [dashboard, "^offchain/app/api/types.ts$", "^offchain/core/"],
    },
  ),
  forbid(
    "no-node-modules-in-pages",
    "a browser has none of Node's modules",
    { path: dashboard },
    fromNode,
  ),
  forbid(
    "few-packages-in-pages",
    "everything that a page imports is sent to the operator's browser",
    { path: dashboard },
    { ...fromNpm, pathNot: "node_modules/(preact|uplot|openapi-fetch)/" },
  ),
  forbid(
    "contract-types-at-the-edge",
    "types generated from contracts are for adapters, scripts and tests",
    { pathNot: "^(offchain/adapters|scripts|test|generated)/" },
    { path: "^generated/" },
  ),
  forbid(
    "no-cycle",
    "modules that load each other see each other half made; types alone load nothing",
    {},
    { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  ),
  forbid(
    "resolvable",
    "an import that leads nowhere would escape every other rule",
    {},
    { couldNotResolve: true },
  ),
];

export const options: ICruiseOptions = {
  exclude: { path: "^offchain/app/dashboard/(overview/)?dist/" },
  doNotFollow: { path: ["node_modules", "^generated/"] },
  // Type-only imports count: a layer that names another's types depends on it.
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ["exports"],
    conditionNames: ["import", "node", "default", "types"],
    extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".d.ts"],
  },
};
