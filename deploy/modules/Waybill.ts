import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Everything a network needs: token, beacon, registry, channels. Parameters under "Waybill" in
 * deploy/parameters/*.json5. The beacon comes first and refuses to exist outside local chains, and all
 * else waits for it, so that a deployment elsewhere leaves nothing behind.
 */
export default buildModule("Waybill", (m) => {
  const genesis = m.getParameter("genesis");
  const epochLength = m.getParameter("epochLength");

  const beacon = m.contract("BlockhashBeacon", [genesis, epochLength, m.getParameter("pinAhead")]);
  const mintCap = m.getParameter("mintCap", 0n);
  const token = m.contract(
    "WaybillToken",
    [m.getAccount(0), m.getParameter("supply"), mintCap, genesis, epochLength],
    { after: [beacon] },
  );
  const registry = m.contract("RelayRegistry", [
    {
      token,
      beacon,
      genesis,
      epochLength,
      eraLength: m.getParameter("eraLength"),
      bond: m.getParameter("bond"),
      settlementWindow: m.getParameter("settlementWindow"),
      unbondingEpochs: m.getParameter("unbondingEpochs"),
    },
  ]);
  const channels = m.contract("PaymentChannels", [
    {
      token,
      registry,
      netFee: m.getParameter("netFee"),
      burnShareBps: m.getParameter("burnShareBps"),
      winProb: m.getParameter("winProb"),
      redemptionWindow: m.getParameter("redemptionWindow"),
      noticePeriod: m.getParameter("noticePeriod"),
      meanDelayMillis: m.getParameter("meanDelayMillis"),
    },
  ]);
  return { beacon, token, registry, channels };
});
