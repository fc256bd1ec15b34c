/** Drand endpoints that fail and lie, over real HTTP on this machine. */
import { expect } from "chai";

import { drandClient } from "../../../../offchain/adapters/drand/client.ts";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { QUICKNET } from "../../../../offchain/core/drand/quicknet.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { millis, seconds } from "../../../../offchain/core/units.ts";
import type { Randomness } from "../../../../offchain/ports/randomness.ts";
import {
  type DrandServer,
  startDrandServer,
} from "../../../../scripts/local-network/drand-server.ts";
import { namedDrand, quicknet } from "../../../support/drand.ts";
import { recordingLog } from "../../settlement/support/simulation.ts";
import { BadEndpoint, type Behaviour, type Change } from "./support/bad-endpoint.ts";

const drand = namedDrand("client", 1_000, 3);
const stranger = namedDrand("another key", 1_000, 3);
const { chain, sign } = drand;
const ROUND = 7;
const SIGNATURE = sign(ROUND);
const TIMEOUT = millis(300);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Changes documents that have `field`. */
const put = (field: string, value: unknown): { readonly change: Change } => ({
  change: (document) => (field in document ? { ...document, [field]: value } : document),
});

/** The other root: a valid point, but of no signature; flags are in the first byte. */
const negated = Uint8Array.from(SIGNATURE, (byte, i) => (i === 0 ? byte ^ 0x20 : byte));
const flipped = Uint8Array.from(SIGNATURE, (byte, i) => (i === 20 ? byte ^ 1 : byte));

const faults: readonly (readonly [what: string, fault: string, behaviour: Behaviour])[] = [
  ["hangs up", "unreachable (", "dead"],
  ["never answers", "timed-out (300 ms)", "silent"],
  ["answers byte by byte", "timed-out (300 ms)", "slow"],
  ["never stops answering", "too-large (over 16384 bytes)", "endless"],
  ["answers 500", "refused (status 500)", { status: 500, body: "{}" }],
  ["sends elsewhere", "unreachable (", { status: 302, location: "http://127.0.0.1:1/" }],
  ["answers with a page", "malformed (no JSON)", { status: 200, body: "<html>" }],
  ["answers with nothing", "malformed (no JSON)", { status: 200 }],
  ["lists no hashes", "malformed (no list of chains)", { status: 200, body: '["quicknet"]' }],
  [
    "serves no chain",
    "other-chain (none of its 0 chains has the key)",
    { status: 200, body: "[]" },
  ],
  ["describes no chain", "malformed (no chain info)", put("public_key", 7)],
  ["has another key", "other-chain (none of its", put("public_key", hex(stranger.chain.publicKey))],
  ["has another period", "other-chain (period 30, not 3)", put("period", 30)],
  ["has another genesis", "other-chain (genesis_time 1, not 1000)", put("genesis_time", 1)],
  [
    "has another scheme",
    'other-chain (scheme "pedersen-bls-chained", not bls-unchained-g1-rfc9380)',
    put("scheme", "pedersen-bls-chained"),
  ],
  ["gives another round", "wrong-round (8, not 7)", put("round", 8)],
  ["gives no signature", "malformed (no round)", put("signature", "0x")],
  ["gives another round's signature", "bad-signature (round 7)", put("signature", hex(sign(8)))],
  [
    "signs with another key",
    "bad-signature (round 7)",
    put("signature", hex(stranger.sign(ROUND))),
  ],
  ["changes one bit of it", "bad-signature (round 7)", put("signature", hex(flipped))],
  ["takes the other root", "bad-signature (round 7)", put("signature", hex(negated))],
  ["cuts it short", "bad-signature (round 7)", put("signature", hex(SIGNATURE.subarray(0, 47)))],
  ["makes it longer", "bad-signature (round 7)", put("signature", `${hex(SIGNATURE)}00`)],
];

describe("drand endpoints", () => {
  const closing: (() => Promise<void>)[] = [];
  let server: DrandServer;
  let clock: ManualClock;
  let log: ReturnType<typeof recordingLog>;

  beforeEach(async () => {
    clock = new ManualClock();
    log = recordingLog();
    server = await startDrandServer(drand, { now: () => seconds(10_000) });
    closing.push(() => server.close());
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function bad(behaviour: Behaviour): Promise<BadEndpoint> {
    const endpoint = await BadEndpoint.start(server.url, behaviour);
    closing.push(() => endpoint.stop());
    return endpoint;
  }

  function client(...urls: readonly string[]): Randomness {
    const made = drandClient({ urls, chain, clock, log, timeout: TIMEOUT });
    closing.push(() => made.close());
    return made;
  }

  async function refusalOf(asked: Promise<unknown>): Promise<string> {
    const error: unknown = await asked.catch((caught: unknown) => caught);
    if (hasCode(error, "DRAND_UNREACHABLE")) return error.message;
    throw new Error(`not refused as it should be: ${String(error)}`);
  }

  for (const [what, fault, behaviour] of faults)
    it(`threat 18, 49: one that ${what} is passed over by name, and the next one asked`, async () => {
      const endpoint = await bad(behaviour);
      expect(await client(endpoint.url, server.url).round(ROUND)).to.deep.equal(SIGNATURE);
      const [line] = log.lines;
      expect(log.lines).to.have.length(1);
      expect(line?.message).to.contain(`drand endpoint ${endpoint.host} is passed over: ${fault}`);

      const refusal = await refusalOf(client(endpoint.url).round(ROUND));
      expect(refusal).to.contain(`(round 7); got ${endpoint.host}: ${fault}`);
      expect([refusal, ...log.lines.map(({ message }) => message)].join()).not.to.contain("secret");
    });

  it("an answer without end costs no more than its bound", async () => {
    const endpoint = await bad("endless");
    await refusalOf(client(endpoint.url).round(ROUND));
    // One bound's worth is read, and what the sockets hold besides.
    expect(endpoint.poured).to.be.below(1_000_000);
  });

  it("serve by the older interface where there is no newer one", async () => {
    const old = await bad({ lacks: "/v2/" });
    expect(await client(old.url).round(ROUND)).to.deep.equal(SIGNATURE);
    expect(old.asked.at(-1)).to.equal(`/${server.info.chain_hash}/public/7`);
  });

  it("believe quicknet's public rounds, served as its public endpoints serve them", async () => {
    const public_ = quicknet();
    const [known] = public_.rounds;
    if (known === undefined) throw new Error("no vectors");
    const hash = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
    const documents: Readonly<Record<string, unknown>> = {
      "v2/chains": ["8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", hash],
      "v2/chains/8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce/info": {
        public_key:
          "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
        period: 30,
        genesis_time: 1_595_431_050,
        scheme: "pedersen-bls-chained",
      },
      [`v2/chains/${hash}/info`]: {
        public_key: hex(public_.chain.publicKey),
        period: 3,
        genesis_time: 1_692_803_367,
        genesis_seed: "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
        chain_hash: hash,
        scheme: "bls-unchained-g1-rfc9380",
        beacon_id: "quicknet",
      },
      [`v2/chains/${hash}/rounds/${known.round}`]: {
        round: known.round,
        signature: hex(known.signature),
      },
    };
    const endpoint = await bad({ documents });
    const made = drandClient({ urls: [endpoint.url], chain: QUICKNET, clock, log });
    closing.push(() => made.close());
    expect(QUICKNET).to.deep.equal(public_.chain);
    expect(await made.round(known.round)).to.deep.equal(known.signature);
  });

  it("that serve several chains are asked for the network's own, found once", async () => {
    const invented = ["00", "11", "22"].map((byte) => byte.repeat(32));
    const other = { ...server.info, public_key: hex(stranger.chain.publicKey) };
    const several = await bad({
      change: (document, path) => (path.includes(server.info.chain_hash) ? document : other),
    });
    several.chains = [...invented, server.info.chain_hash];
    const made = client(several.url);
    expect(await made.round(ROUND)).to.deep.equal(SIGNATURE);
    expect(await made.round(8)).to.deep.equal(sign(8));
    expect(several.asked.filter((path) => path.endsWith("/info"))).to.have.length(4);
  });

  it("threat 49: when one dies the next is asked, and the dead one rests longer each time", async () => {
    const endpoint = await bad({ change: (document) => document });
    const made = client(endpoint.url, server.url);
    await made.round(1);
    const before = endpoint.asked.length;
    endpoint.behaviour = "dead";
    expect(await made.round(2)).to.deep.equal(sign(2));
    expect(await made.round(3)).to.deep.equal(sign(3));
    expect(endpoint.asked).to.have.length(before + 1);

    // Alone, it is asked again after one second, then after two more, then four.
    const alone = client(endpoint.url);
    const tries: number[] = [];
    for (let second = 0; second < 16; second++) {
      const count = endpoint.asked.length;
      await refusalOf(alone.round(4));
      if (endpoint.asked.length > count) tries.push(second);
      clock.advance(millis(1_000));
    }
    expect(tries).to.deep.equal([0, 1, 3, 7, 15]);
    endpoint.behaviour = { change: (document) => document };
    clock.advance(millis(16_000));
    expect(await alone.round(4)).to.deep.equal(sign(4));
    expect(log.lines.at(-1)?.message).to.contain("works again");
  });

  it("that were caught lying rest for ten minutes", async () => {
    const liar = await bad(put("signature", hex(stranger.sign(ROUND))));
    const made = client(liar.url, server.url);
    await made.round(ROUND);
    const asked = liar.asked.length;
    clock.advance(millis(599_000));
    await made.round(ROUND);
    await made.round(ROUND);
    expect(liar.asked).to.have.length(asked);
  });

  it("threat 18: that keep back a round say that it is to come; others are asked all the same", async () => {
    const withholding = await bad({ lacks: `/v2/chains/${server.info.chain_hash}/rounds` });
    expect(await client(withholding.url, server.url).round(ROUND)).to.deep.equal(SIGNATURE);
  });

  it("need to be given, as URLs of HTTP", () => {
    const codes = [[], ["ftp://127.0.0.1/"], ["drand"], [server.url, ""]].map((urls) => {
      try {
        client(...urls);
        return false;
      } catch (error) {
        return hasCode(error, "DRAND_URL_INVALID");
      }
    });
    expect(codes).to.deep.equal([true, true, true, true]);
  });
});
