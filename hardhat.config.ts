import { createRequire } from "node:module";

import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatChaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatIgnitionEthers from "@nomicfoundation/hardhat-ignition-ethers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatTypechain from "@nomicfoundation/hardhat-typechain";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);
const solcPackage = require("solc/package.json") as { version: string };

// The compiler is the one npm installed, so a build fetches nothing and the
// lock file pins its bytes.
const compiler = {
  version: solcPackage.version,
  path: require.resolve("solc/soljson.js"),
  settings: {
    optimizer: { enabled: true, runs: 10_000 },
    viaIR: true,
    evmVersion: "osaka",
  },
};

// Hardhat 3.17 knows no test profile but "default", so an environment variable
// picks how hard the Solidity tests try: quick (the default), ci or audit. The
// seed is always the same one unless another variable says otherwise.
const seed = process.env.WAYBILL_FUZZING_SEED ?? "0x57";
const fuzzingLevels = {
  quick: {
    fuzz: { runs: 256, seed },
    invariant: { runs: 32, depth: 64, failOnRevert: true },
  },
  ci: {
    fuzz: { runs: 2_000, seed },
    invariant: { runs: 128, depth: 128, failOnRevert: true },
  },
  audit: {
    fuzz: { runs: 50_000, seed },
    invariant: { runs: 1_000, depth: 256, failOnRevert: true },
  },
};

function chosenFuzzing() {
  const level = process.env.WAYBILL_FUZZING ?? "quick";
  if (Object.hasOwn(fuzzingLevels, level)) {
    return fuzzingLevels[level as keyof typeof fuzzingLevels];
  }
  throw new Error(
    `WAYBILL_FUZZING is "${level}"; use one of ${Object.keys(fuzzingLevels).join(", ")}`,
  );
}

const fuzzing = chosenFuzzing();

export default defineConfig({
  plugins: [
    hardhatEthers,
    hardhatChaiMatchers,
    hardhatIgnitionEthers,
    hardhatMocha,
    hardhatNetworkHelpers,
    hardhatTypechain,
  ],
  solidity: {
    // Both named: a profile left out would fall back to a downloaded compiler.
    profiles: { default: compiler, production: compiler },
    // Contracts build without the .t.sol files, so that typechain and the
    // published artifacts hold contracts only.
    splitTestsCompilation: true,
  },
  paths: {
    sources: "contracts",
    tests: { mocha: "test/contracts", solidity: "test/solidity" },
    ignition: "deploy",
  },
  networks: {
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    node: {
      type: "edr-simulated",
      chainType: "l1",
      hardfork: "osaka",
      // Blocks come more often than once a second; chain time must still be wall-clock time.
      allowBlocksWithSameTimestamp: true,
    },
    // Where scripts/deploy.ts deploys to; it says which URL and which account.
    remote: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
  },
  typechain: {
    // Source only. scripts/build.mjs compiles it to generated/contracts, which
    // tests and adapters import as "#contracts".
    outDir: "generated/typechain",
  },
  test: {
    mocha: { timeout: 300_000 },
    solidity: {
      profiles: { default: { ...fuzzing, fsPermissions: { readDirectory: ["test/vectors"] } } },
    },
  },
});
