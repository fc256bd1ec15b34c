/**
 * Registry and channels share a token. Each has a guard of its own, so a token whose hooks call back can get
 * from within one into the other: whatever is called there, nobody gains or loses a unit by it.
 */
import { expect } from "chai";
import { network } from "hardhat";

import { type RelayId, address } from "../../offchain/core/units.ts";
import { relayIdOf } from "../../offchain/core/vrf/alpha.ts";
import {
  Kind,
  addChannels,
  group,
  makeTicket,
  redemption,
  ticketSigner,
  ticketVrf,
} from "./support/channels.ts";
import {
  BOND,
  SUPPLY,
  accounts,
  currentEpoch,
  deployRegistry,
  goTo,
  joinRequest,
  keyPair,
  possessionProof,
} from "./support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice } = await accounts(connection);
const FUNDS = 1_000_000n;

/**
 * The thief owns a relay that has earned and whose bond is free, pays a channel to it, and has a refund. So
 * every call that moves tokens is open to it in both contracts.
 */
async function deploy() {
  const [holder] = await ethers.getSigners();
  const token = await ethers.deployContract("HookToken", [holder, SUPPLY]);
  const registrySetup = await deployRegistry(connection, { token });
  const setup = await addChannels(connection, registrySetup, { token });
  const { registry, channels, clock } = setup;
  const thief = await ethers.deployContract("Reenterer");
  const thiefAddress = address(await thief.getAddress());
  const call = {
    token: (data: string) => thief.execute(token, data),
    registry: (data: string) => thief.execute(registry, data),
    channels: (data: string) => thief.execute(channels, data),
  };
  await token.transfer(thief, 10n * FUNDS);
  for (const spender of [registry, channels])
    await call.token(
      token.interface.encodeFunctionData("approve", [await spender.getAddress(), 10n * FUNDS]),
    );

  const { chainId } = await ethers.provider.getNetwork();
  const registryAddress = address(await registry.getAddress());
  const joining = async (name: string): Promise<{ id: RelayId; data: string }> => {
    const id = relayIdOf(chainId, registryAddress, thiefAddress, keyPair(`${name} vrf`).key);
    const { request } = await joinRequest(connection, registry, alice, name, {
      agent: thiefAddress,
      earningsRecipient: thiefAddress,
      possession: possessionProof(name, id),
    });
    return { id, data: registry.interface.encodeFunctionData("join", [request]) };
  };
  const old = await joining("old");
  await call.registry(old.data);

  const signer = ticketSigner("thief");
  const payer = ethers.zeroPadValue(thiefAddress, 32);
  const parties = { kind: Kind.Account, payer, ticketSigner: signer.address, relay: old.id };
  const closed = { ...parties, ticketSigner: ticketSigner("closed").address };
  const { interface: abi } = channels;
  await call.channels(abi.encodeFunctionData("open", [parties, FUNDS]));
  await call.channels(abi.encodeFunctionData("open", [closed, FUNDS]));
  await call.channels(abi.encodeFunctionData("closeAsRelay", [closed]));
  const id = await channels.channelIdOf(parties);

  const relay = { id: old.id, name: "old", owner: alice, agent: alice };
  const channel = { id, payer, signer, relay, parties } as Parameters<typeof group>[0];
  const epoch = await currentEpoch(connection, setup);
  const ticket = makeTicket(setup, channel, ticketVrf(setup, relay, epoch).y, { epoch, index: 1 });
  await goTo(connection, clock, epoch + 1);
  await call.channels(
    abi.encodeFunctionData("redeem", redemption(setup, relay, epoch, [group(channel, ticket)])),
  );
  await call.registry(registry.interface.encodeFunctionData("startLeaving", [old.id]));
  await goTo(connection, clock, 40);
  await call.token(token.interface.encodeFunctionData("hook"));

  const next = await joining("next");
  const to = await registry.getAddress();
  const calls = {
    registry: {
      join: next.data,
      withdrawBond: registry.interface.encodeFunctionData("withdrawBond", [old.id]),
    },
    channels: {
      open: abi.encodeFunctionData("open", [{ ...parties, ticketSigner: alice.address }, 100n]),
      fund: abi.encodeFunctionData("fund", [id, 100n]),
      fundFromEarnings: abi.encodeFunctionData("fundFromEarnings", [old.id, id, 10n]),
      closeAsRelay: abi.encodeFunctionData("closeAsRelay", [parties]),
      withdraw: abi.encodeFunctionData("withdraw", [old.id, 10n]),
      burnOwed: abi.encodeFunctionData("burnOwed", [old.id]),
      withdrawRefund: abi.encodeFunctionData("withdrawRefund", [thiefAddress, 100n]),
      "withdrawRefund to the registry": abi.encodeFunctionData("withdrawRefund", [to, 100n]),
    },
  };
  const opened = await channels.channelIdOf({ ...parties, ticketSigner: alice.address });
  return { ...setup, token, thief, old: old.id, ids: [id, opened], call, calls };
}

type Scene = Awaited<ReturnType<typeof deploy>>;

/** What each contract owes and holds, and all that the thief has, wherever it lies. */
async function books({ token, registry, channels, thief, old, ids }: Scene) {
  const { credit, owedBurn } = await channels.earningsOf(old);
  let deposits = await channels.refundOf(thief);
  for (const id of ids) deposits += (await channels.channelState(id)).balance;
  const bonds = BOND * (await registry.bondedRelays());
  return {
    channelsOwe: credit + owedBurn + deposits,
    channelsHold: await token.balanceOf(channels),
    registryOwes: bonds,
    registryHolds: await token.balanceOf(registry),
    thief: (await token.balanceOf(thief)) + credit + deposits + bonds,
  };
}

async function expectNothingGained(f: Scene, outer: string, inner: string, given: bigint) {
  const before = await books(f);
  const within = outer in f.calls.registry ? "registry" : "channels";
  const other = within === "registry" ? "channels" : "registry";
  const data: Record<string, string> = { ...f.calls.registry, ...f.calls.channels };
  await f.thief.plan(f[other], data[inner] ?? "");
  await f.call[within](data[outer] ?? "");

  expect(await f.thief.called(), "called back").to.equal(true);
  expect(await f.thief.succeeded(), "got in").to.equal(true);
  const after = await books(f);
  expect(after.channelsHold).to.equal(after.channelsOwe);
  expect(after.registryHolds).to.equal(after.registryOwes + given);
  expect(after.thief).to.equal(before.thief - given);
}

describe("re-entry from one contract into the other", () => {
  const ofRegistry = ["join", "withdrawBond"];
  const ofChannels = ["open", "fund", "withdraw", "withdrawRefund"];
  const movingNothing = ["fundFromEarnings", "closeAsRelay", "burnOwed"];
  const gift = "withdrawRefund to the registry";

  for (const outer of ofRegistry)
    for (const inner of [...ofChannels, ...movingNothing, gift])
      it(`threat 6: nobody gains or loses by ${inner} from within ${outer}`, async () => {
        const f = await networkHelpers.loadFixture(deploy);
        await expectNothingGained(f, outer, inner, inner === gift ? 100n : 0n);
      });

  for (const outer of ofChannels)
    for (const inner of ofRegistry)
      it(`threat 6: nobody gains or loses by ${inner} from within ${outer}`, async () => {
        const f = await networkHelpers.loadFixture(deploy);
        await expectNothingGained(f, outer, inner, 0n);
      });
});
