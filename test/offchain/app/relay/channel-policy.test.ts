import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { channelPolicy, writtenPolicy } from "../../../../offchain/app/relay/channel-policy.ts";
import { amount } from "../../../../offchain/core/units.ts";
import { tomlOf } from "../../../support/guide-files.ts";
import { PARAMS, relayNumber } from "../../settlement/support/simulation.ts";

const TOKEN = 10n ** 18n;
const NONE = { channelTarget: undefined, channelBudget: undefined };

describe("the file of a channel policy", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-policy-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const written = (text: string, flags = {}) => {
    const path = join(folder, "policy.toml");
    writeFileSync(path, text);
    return writtenPolicy({ ...NONE, ...flags, channelPolicy: path });
  };
  const read = (text: string, flags = {}) => channelPolicy(PARAMS, written(text, flags));

  it("says everything that a policy can say, flags go before it", () => {
    const text = `
      target = "40"
      low-water = 12.5
      budget = "2000"
      sources = ["earnings", "tokens"]
      idle = "close"
      idle-epochs = 3
      gas-per-epoch = "0.05"
      never = ["${relayNumber(7)}"]

      [relay."${relayNumber(8)}"]
      target = 80
    `;
    const policy = read(text);
    expect(policy).to.deep.include({
      target: 40n * TOKEN,
      lowWater: (25n * TOKEN) / 2n,
      budget: 2_000n * TOKEN,
      sources: ["earnings", "tokens"],
      idle: "close",
      idleEpochs: 3,
      gasPerEpoch: TOKEN / 20n,
    });
    expect([...policy.relays]).to.deep.equal([
      [relayNumber(8), { target: 80n * TOKEN, lowWater: 40n * TOKEN }],
      [relayNumber(7), "never"],
    ]);
    const flags = { channelTarget: amount(50n * TOKEN), channelBudget: amount(60n * TOKEN) };
    expect(read(text, flags)).to.deep.include({ target: 50n * TOKEN, budget: 60n * TOKEN });
  });

  it("of the operating guide is taken as it stands there, but for its relay", () => {
    const [text = ""] = tomlOf("Channels by policy");
    const policy = read(text.replace("0x…", relayNumber(8)));
    expect(policy).to.deep.include({ budget: 2_000n * TOKEN, idle: "close-when-short" });
    expect(policy.relays.get(relayNumber(8))).to.deep.include({ target: 80n * TOKEN });
  });

  it("may say nothing, or not be there: then the usual holds", () => {
    const usual = channelPolicy(PARAMS, writtenPolicy({ ...NONE, channelPolicy: undefined }));
    expect(read("")).to.deep.equal(usual);
    expect(usual.target).to.equal(16n * PARAMS.ticketAmounts[1]);
    expect(usual.budget).to.equal(64n * usual.target);
    expect(usual.idle).to.equal("close-when-short");
  });

  for (const [what, text, code] of [
    ["a key that is misspelt", 'taget = "1"', "SETTING_UNKNOWN"],
    [
      "a key of a relay that is none",
      `[relay."${relayNumber(1)}"]\nnever = true`,
      "SETTING_UNKNOWN",
    ],
    ["no TOML", "target = ", "CHANNEL_POLICY_INVALID"],
    ["no number", 'target = "much"', "OPTION_INVALID"],
    ["a mark above the target", "target = 1\nlow-water = 2", "CHANNEL_POLICY_INVALID"],
    ["another rule", 'idle = "burn"', "CHANNEL_POLICY_INVALID"],
    ["no source", "sources = []", "CHANNEL_POLICY_INVALID"],
    ["a source twice", 'sources = ["tokens", "tokens"]', "CHANNEL_POLICY_INVALID"],
    ["half an epoch", "idle-epochs = 0.5", "CHANNEL_POLICY_INVALID"],
    ["no relay's id", 'never = ["0x12"]', "CHANNEL_POLICY_INVALID"],
    ["no list", 'never = "all"', "CHANNEL_POLICY_INVALID"],
    [
      "a relay that is never paid and has terms",
      `never = ["${relayNumber(1)}"]\n[relay."${relayNumber(1)}"]\ntarget = 1`,
      "CHANNEL_POLICY_INVALID",
    ],
  ] as const)
    it(`is refused by name, whatever the network is, with ${what}`, () => {
      expect(() => written(text))
        .to.throw()
        .with.property("code", code);
    });

  it("is refused by name with too little to carry a ticket of the network", () => {
    expect(() => read("target = 0"))
      .to.throw()
      .with.property("code", "CHANNEL_POLICY_INVALID");
  });

  it("is held against the flags that go before it", () => {
    const flags = { channelTarget: amount(2n * TOKEN) };
    expect(() => written("target = 10\nlow-water = 5", flags))
      .to.throw()
      .with.property("code", "CHANNEL_POLICY_INVALID");
  });

  it("takes the network's usual target for what names none, and holds marks against it", () => {
    const usual = channelPolicy(PARAMS, writtenPolicy({ ...NONE, channelPolicy: undefined }));
    const relay = relayNumber(8);
    const some = read(`low-water = 0\n[relay."${relay}"]\nlow-water = 0`);
    expect(some).to.deep.include({ target: usual.target, lowWater: 0n });
    expect(some.relays.get(relay)).to.deep.equal({ target: usual.target, lowWater: 0n });
    const much = (usual.target / TOKEN + 1n).toString();
    expect(() => read(`low-water = ${much}`))
      .to.throw()
      .with.property("code", "CHANNEL_POLICY_INVALID");
    expect(() => read(`[relay."${relay}"]\ntarget = 0`))
      .to.throw()
      .with.property("context")
      .that.includes({ what: `relay.${relay}.target` });
  });

  it("is refused by name when it cannot be read", () => {
    expect(() => writtenPolicy({ ...NONE, channelPolicy: join(folder, "none") }))
      .to.throw()
      .with.property("code", "CHANNEL_POLICY_INVALID");
  });
});
