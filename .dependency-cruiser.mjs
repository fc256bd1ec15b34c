// Who may import whom. Each layer sees the ones to its left only:
//
//   core ← ports ← link ← relay, client ← app
//          ports ← settlement ← app
//
// Adapters implement ports, so that everything between core and app can be
// tested without a network, a chain or a disk. scripts/check-layers.mjs runs
// these rules and proves on planted faults that they still bite.

/** For each folder of offchain/, the other folders it may import. */
const mayImport = {
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
const purePackages = "@noble/(curves|hashes)|@scure/base|hash-wasm";

const npm = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"];
const innerLayers = "^offchain/(core|ports|link|relay|settlement|client|simulation)/";

const layerRules = Object.entries(mayImport).map(([layer, others]) => ({
  name: `layer-${layer}`,
  comment: `offchain/${layer} may import ${others.length === 0 ? "nothing else of ours" : others.join(", ")}`,
  severity: "error",
  from: { path: `^offchain/${layer}/` },
  to: {
    path: "^(offchain|scripts|test|deploy|generated)/",
    pathNot: [
      `^offchain/(${[layer, ...others].join("|")})/`,
      // The generated contract types have a rule of their own.
      ...(layer === "adapters" ? ["^generated/contracts/"] : []),
    ],
  },
}));

export default {
  forbidden: [
    ...layerRules,
    {
      name: "no-node-modules-inside",
      comment: "files, sockets, clocks and randomness come in through a port",
      severity: "error",
      from: { path: innerLayers },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    {
      name: "node-crypto-in-core-crypto-only",
      severity: "error",
      from: { path: innerLayers, pathNot: "^offchain/core/crypto/" },
      to: { dependencyTypes: ["core"], path: "^(node:)?crypto$" },
    },
    {
      name: "pure-packages-inside",
      comment: "below adapters only packages that compute; native code in core/crypto only",
      severity: "error",
      from: { path: innerLayers, pathNot: "^offchain/core/crypto/" },
      to: { dependencyTypes: npm, pathNot: `node_modules/(${purePackages})/` },
    },
    {
      name: "pure-packages-in-core-crypto",
      severity: "error",
      from: { path: "^offchain/core/crypto/" },
      to: { dependencyTypes: npm, pathNot: `node_modules/(${purePackages}|secp256k1)/` },
    },
    {
      name: "adapters-are-wired-from-outside",
      comment: "only app, scripts and tests choose adapters",
      severity: "error",
      from: { pathNot: "^(offchain/(app|adapters)|scripts|test)/" },
      to: { path: "^offchain/adapters/" },
    },
    {
      name: "contract-types-at-the-edge",
      comment: "generated contract types are for adapters, scripts and tests",
      severity: "error",
      from: { pathNot: "^(offchain/adapters|scripts|test|generated)/" },
      to: { path: "^generated/" },
    },
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "resolvable",
      comment: "an import that resolves to nothing would escape every other rule",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^generated/"] },
    // Type-only imports count: a layer that names another's types depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json", ".d.ts"],
    },
  },
};
