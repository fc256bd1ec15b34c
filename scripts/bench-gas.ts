// Measures what the chain charges for what Waybill does, on a simulated network.
//
//   npm run -s bench:gas            a table
//   npm run -s bench:gas -- --json  one JSON object
//
// Redemption is the whole transaction's gas per ticket: the 21,000 every transaction costs and the calldata
// included, channels and earnings in use before, tickets of lone packets except where frames are named.
import { parseArgs } from "node:util";

import { network } from "hardhat";

import { verifyRound } from "../offchain/core/drand/round.ts";
import {
  type Channel,
  type ChannelsSetup,
  type Relay,
  accountChannel,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  provide,
  redeem,
  ticketSigner,
  ticketVrf,
} from "../test/contracts/support/channels.ts";
import { presentTime } from "../test/contracts/support/now.ts";
import { accounts, currentEpoch, goTo, keyPair } from "../test/contracts/support/registry.ts";
import { g1Argument, keyArgument, namedDrand } from "../test/support/drand.ts";
import { coverCalls } from "./bench/cover-gas.ts";

const HARDFORK = "osaka";
const FUNDS = 10n ** 12n;
/** Bytes of a VRF proof without skipped candidates. */
const SHORTEST_PROOF = 305;

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });

const connection = await network.create();
const { alice, bob, stranger } = await accounts(connection);
const { ethers, networkHelpers } = connection;

interface Shape {
  readonly channels: number;
  /** In each channel. */
  readonly tickets: number;
  /** Tickets in the frame that each came from. */
  readonly frame: number;
}

const shapes = {
  single: { channels: 1, tickets: 1, frame: 1 },
  batch50Channels1: { channels: 1, tickets: 50, frame: 1 },
  batch50Channels10: { channels: 10, tickets: 5, frame: 1 },
  batch50Channels50: { channels: 50, tickets: 1, frame: 1 },
  batch50Frames16: { channels: 1, tickets: 50, frame: 16 },
} as const satisfies Record<string, Shape>;

const deploy = async (): Promise<{ setup: ChannelsSetup; relay: Relay }> => {
  const setup = await deployChannels(connection);
  const relay = await joinRelay(connection, setup, "bench", bob);
  return { setup, relay };
};

async function gasOf(
  sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>,
): Promise<number> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("a transaction was not mined");
  return Number(receipt.gasUsed);
}

/**
 * The first epoch from `from` on whose VRF proof is of the commonest kind, half of all: none of the candidates
 * for its point is skipped. Each that is adds about 1,000 gas to a transaction.
 */
function commonEpoch(setup: ChannelsSetup, relay: Relay, from: number): number {
  let epoch = from;
  while (ticketVrf(setup, relay, epoch).proof.length > SHORTEST_PROOF) epoch++;
  return epoch;
}

/** Gas per ticket of a batch, after a first batch has put every slot to use. */
async function redemption(shape: Shape): Promise<number> {
  const { setup, relay } = await networkHelpers.loadFixture(deploy);
  const channels: Channel[] = [];
  for (let i = 0; i < shape.channels; i++) {
    const channel = accountChannel(alice, relay, ticketSigner(`bench ${i}`));
    await openChannel(setup, alice, channel, FUNDS);
    channels.push(channel);
  }
  const epoch = commonEpoch(setup, relay, await currentEpoch(connection, setup));
  const { y } = ticketVrf(setup, relay, epoch);
  const claims = (first: number, count: number): ReturnType<typeof group>[] =>
    channels.map((channel) => {
      const indexes = Array.from({ length: count }, (_, i) => first + 32 * i);
      const tickets = indexes.map((index) =>
        makeTicket(setup, channel, y, { epoch, index, frame: shape.frame }),
      );
      return group(channel, ...tickets);
    });
  await goTo(connection, setup.clock, epoch + 1);
  await redeem(setup, relay, epoch, claims(1, 1));
  const before = (await setup.channels.earningsOf(relay.id)).credit;
  const gas = await gasOf(redeem(setup, relay, epoch, claims(1_000, shape.tickets)));

  const amount = setup.amounts[0] ?? 0n;
  const tickets = shape.channels * shape.tickets;
  const paid = amount * BigInt(tickets);
  const expected = paid - (paid * (await setup.channels.burnShareBps())) / 10_000n;
  if ((await setup.channels.earningsOf(relay.id)).credit - before !== expected)
    throw new Error("the measured batch was not paid in full");
  return Math.round(gas / tickets);
}

/** Opening with funds, topping up, and closing by the payer, each in slots as they come in practice. */
async function channelCalls(): Promise<Record<string, number>> {
  const { setup, relay } = await networkHelpers.loadFixture(deploy);
  const { channels } = setup;
  // Not the first channel of the contract, so that its token balance is in use.
  await openChannel(setup, stranger, accountChannel(stranger, relay, ticketSigner("other")), FUNDS);
  await provide(setup, alice, 3n * FUNDS);
  const { parties, id } = accountChannel(alice, relay, ticketSigner("bench"));
  const fundOpen = await gasOf(channels.connect(alice).open(parties, FUNDS));
  const fundTopUp = await gasOf(channels.connect(alice).fund(id, FUNDS));
  const closeInitiate = await gasOf(channels.connect(alice).initiateClose(parties));
  await networkHelpers.time.increase(await channels.noticePeriod());
  const closeFinalise = await gasOf(channels.connect(alice).finaliseClose(parties));
  return { fundOpen, fundTopUp, closeInitiate, closeFinalise };
}

/** Execution gas of the verifier alone. */
async function vrfVerification(): Promise<number> {
  const { setup, relay } = await networkHelpers.loadFixture(deploy);
  const harness = await ethers.deployContract("ECVRFHarness");
  const { point } = keyPair(`${relay.name} vrf`);
  const epoch = commonEpoch(setup, relay, 0);
  const alpha = await setup.channels.ticketVrfInput(relay.id, epoch);
  const { proof } = ticketVrf(setup, relay, epoch);
  const { gasUsed } = await harness.verifyGas(point.x, point.y, alpha, proof);
  return Number(gasUsed);
}

/**
 * Bringing a drand round: execution gas of checking its signature, and the whole transaction that makes it
 * the value of an epoch, values of other epochs being there.
 */
async function drandCalls(): Promise<Record<string, number>> {
  const [delay, period, epochLength] = [12, 3, 1_000];
  const genesis = (await presentTime(connection)) + 10;
  const { chain, sign } = namedDrand("bench", genesis, period);
  const publicKey = keyArgument(chain);
  const beacon = await ethers.deployContract("DrandBeacon", [
    genesis,
    epochLength,
    delay,
    { genesis, period, publicKey },
  ]);
  const harness = await ethers.deployContract("DrandHarness");

  let result = {};
  for (const epoch of [0, 1]) {
    const round = Number(await beacon.roundOf(epoch));
    const signature = g1Argument(verifyRound(chain, round, sign(round)).forContract);
    const { ok, gasUsed } = await harness.verifyGas(publicKey, round, signature);
    if (!ok) throw new Error("the measured signature was refused");
    await networkHelpers.time.increaseTo(genesis + epoch * epochLength + delay + period);
    const drandSubmit = await gasOf(beacon.submit(epoch, signature));
    result = { drandVerify: Number(gasUsed), drandSubmit };
  }
  return result;
}

const redeemed: Record<string, number> = {};
for (const [name, shape] of Object.entries(shapes)) redeemed[name] = await redemption(shape);
const results = {
  hardfork: HARDFORK,
  redeem: redeemed,
  ...(await channelCalls()),
  vrfVerifyExec: await vrfVerification(),
  ...(await drandCalls()),
  ...(await coverCalls(connection, gasOf)),
};
if (options.json) console.log(JSON.stringify(results));
else {
  const { hardfork, redeem: perTicket, ...others } = results;
  console.log(`hardfork ${hardfork}; redemption in gas per ticket, the rest in gas`);
  console.table({ ...perTicket, ...others });
}
