/** A token that calls back in the middle of a transfer, and a thief who then turns to the other contract. */
import { expect } from "chai";
import { network } from "hardhat";

import { relayIdOf } from "../../offchain/core/vrf/alpha.ts";
import { address } from "../../offchain/core/units.ts";
import { Kind, accountChannel, addChannels, joinRelay, ticketSigner } from "./support/channels.ts";
import {
  BOND,
  SUPPLY,
  accounts,
  deployRegistry,
  goTo,
  joinRequest,
  keyPair,
  possessionProof,
} from "./support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob } = await accounts(connection);
const FUNDS = 1_000n;
const REFUND = 300n;

/** One token for bonds and channels; the thief has a bond to fetch, a refund to fetch, and an open channel. */
async function deploy() {
  const [holder] = await ethers.getSigners();
  const hooked = await ethers.deployContract("HookToken", [holder?.address ?? "", SUPPLY]);
  const setup = await addChannels(connection, await deployRegistry(connection, { token: hooked }), {
    token: hooked,
  });
  const { registry, channels, clock } = setup;
  await hooked.transfer(bob, BOND);
  await hooked.connect(bob).approve(registry, BOND);
  const relay = await joinRelay(connection, { ...setup, token: hooked }, "honest", bob);
  const honest = accountChannel(alice, relay, ticketSigner("alice"));
  await hooked.transfer(alice, FUNDS);
  await hooked.connect(alice).approve(channels, FUNDS);
  await channels.connect(alice).open(honest.parties, FUNDS);

  const thief = await ethers.deployContract("Reenterer");
  const owner = address(await thief.getAddress());
  await hooked.transfer(thief, 10n * FUNDS);
  const { chainId } = await ethers.provider.getNetwork();
  const registryAddress = address(await registry.getAddress());
  const joining = async (name: string) => {
    const id = relayIdOf(chainId, registryAddress, owner, keyPair(`${name} vrf`).key);
    const possession = possessionProof(name, id);
    const { request } = await joinRequest(connection, registry, alice, name, { possession });
    return { id, data: registry.interface.encodeFunctionData("join", [request]) };
  };
  const parties = (signer: string) => ({
    kind: Kind.Account,
    payer: ethers.zeroPadValue(owner, 32),
    ticketSigner: ticketSigner(signer).address,
    relay: relay.id,
  });
  const open = parties("thief");
  const closed = parties("thief's second");
  const first = await joining("thief");
  const second = await joining("thief's second relay");
  const call = channels.interface;
  for (const [target, data] of [
    [hooked, hooked.interface.encodeFunctionData("approve", [registryAddress, ethers.MaxUint256])],
    [
      hooked,
      hooked.interface.encodeFunctionData("approve", [
        await channels.getAddress(),
        ethers.MaxUint256,
      ]),
    ],
    [registry, first.data],
    [registry, registry.interface.encodeFunctionData("startLeaving", [first.id])],
    [channels, call.encodeFunctionData("open", [open, FUNDS])],
    [channels, call.encodeFunctionData("open", [closed, REFUND])],
  ] as const)
    await thief.execute(target, data);
  await channels.connect(bob).closeAsRelay(closed);
  await goTo(connection, clock, 40);
  await thief.execute(hooked, hooked.interface.encodeFunctionData("hook"));
  const id = await channels.channelIdOf(open);
  return { hooked, registry, channels, thief, owner, first, second, open, id, honest };
}

type Fixture = Awaited<ReturnType<typeof deploy>>;

const inRegistry = ({ registry, first, second }: Fixture) => ({
  join: second.data,
  withdrawBond: registry.interface.encodeFunctionData("withdrawBond", [first.id]),
});

const inChannels = ({ channels, id, owner, open }: Fixture) => ({
  fund: channels.interface.encodeFunctionData("fund", [id, 10n]),
  withdrawRefund: channels.interface.encodeFunctionData("withdrawRefund", [owner, REFUND]),
  initiateClose: channels.interface.encodeFunctionData("initiateClose", [open]),
});

/** What the contracts hold beyond what they owe: nothing, whatever was done to them. */
async function surplus({ hooked, registry, channels, owner, id, honest }: Fixture) {
  let owed = await channels.refundOf(owner);
  for (const channel of [id, honest.id]) owed += (await channels.channelState(channel)).balance;
  return {
    registry: (await hooked.balanceOf(registry)) - BOND * (await registry.bondedRelays()),
    channels: (await hooked.balanceOf(channels)) - owed,
  };
}

describe("re-entry across contracts (threat 6)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  for (const outer of ["join", "withdrawBond"] as const)
    for (const inner of ["fund", "withdrawRefund", "initiateClose"] as const)
      it(`threat 6: ${inner} of the channels from within ${outer} of the registry is done once`, async () => {
        const f = await fixture();
        await f.thief.plan(f.channels, inChannels(f)[inner]);
        await f.thief.execute(f.registry, inRegistry(f)[outer]);
        await bothDone(f);
        const { balance } = await f.channels.channelState(f.id);
        expect(balance).to.equal(FUNDS + (inner === "fund" ? 10n : 0n));
        expect(await f.channels.refundOf(f.owner)).to.equal(
          inner === "withdrawRefund" ? 0n : REFUND,
        );
        expect(await f.registry.bondedRelays()).to.equal(outer === "join" ? 3n : 1n);
      });

  for (const outer of ["fund", "withdrawRefund"] as const)
    for (const inner of ["join", "withdrawBond"] as const)
      it(`threat 6: ${inner} of the registry from within ${outer} of the channels is done once`, async () => {
        const f = await fixture();
        await f.thief.plan(f.registry, inRegistry(f)[inner]);
        await f.thief.execute(f.channels, inChannels(f)[outer]);
        await bothDone(f);
        const { balance } = await f.channels.channelState(f.id);
        expect(balance).to.equal(FUNDS + (outer === "fund" ? 10n : 0n));
        expect(await f.registry.bondedRelays()).to.equal(inner === "join" ? 3n : 1n);
      });

  it("threat 6: a refund sent to the registry within a join does not pay the bond", async () => {
    const f = await fixture();
    const before = await f.hooked.balanceOf(f.thief);
    const refund: [string, bigint] = [await f.registry.getAddress(), REFUND];
    await f.thief.plan(
      f.channels,
      f.channels.interface.encodeFunctionData("withdrawRefund", refund),
    );
    await f.thief.execute(f.registry, f.second.data);
    expect(await f.thief.succeeded()).to.equal(true);
    expect(before - (await f.hooked.balanceOf(f.thief))).to.equal(BOND);
    expect(await surplus(f)).to.deep.equal({ registry: REFUND, channels: 0n });
  });

  async function bothDone(f: Fixture): Promise<void> {
    expect(await f.thief.called()).to.equal(true);
    expect(await f.thief.succeeded()).to.equal(true);
    expect(await surplus(f)).to.deep.equal({ registry: 0n, channels: 0n });
    expect((await f.channels.channelState(f.honest.id)).balance).to.equal(FUNDS);
  }
});
