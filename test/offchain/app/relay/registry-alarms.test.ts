import { expect } from "chai";

import { registryAlarms } from "../../../../offchain/app/relay/registry-alarms.ts";
import { address, era } from "../../../../offchain/core/units.ts";
import type { RelayState } from "../../../../offchain/settlement/relays.ts";

const own = address(`0x${"a".repeat(40)}`);
const other = address(`0x${"b".repeat(40)}`);

describe("alarms about what the registry says", () => {
  const told = (changes: Partial<RelayState>) =>
    registryAlarms(
      { agent: own, bonded: true, left: undefined, jailed: undefined, ...changes } as RelayState,
      own,
    );

  it("jail and another agent are told, and nothing of a relay that has left for good", () => {
    const jailed = { fromEra: era(3) };
    expect(told({})).to.deep.equal([]);
    expect(told({ jailed })).to.deep.equal(["relay-jailed"]);
    expect(told({ agent: other })).to.deep.equal(["agent-replaced"]);
    expect(told({ jailed, agent: other })).to.deep.equal(["relay-jailed", "agent-replaced"]);
    expect(told({ jailed, agent: other, bonded: false })).to.deep.equal([]);
    expect(registryAlarms(undefined, own)).to.deep.equal([]);
  });
});
