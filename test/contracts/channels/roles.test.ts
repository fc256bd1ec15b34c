/** Every function of the channels by every kind of caller. */
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";

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
  redemption,
  ticketSigner,
  ticketVrf,
} from "../support/channels.ts";
import { type Signer, accounts, goTo } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const [deployer, , , , , operator, recipient] = await ethers.getSigners();
if (deployer === undefined || operator === undefined || recipient === undefined)
  throw new Error("too few accounts");

type Caller = "deployer" | "payer" | "operator" | "owner" | "agent" | "recipient" | "stranger";
const callers: Record<Caller, Signer> = {
  deployer,
  payer: alice,
  operator,
  owner: bob,
  agent: carol,
  recipient,
  stranger,
};

interface Stage {
  readonly setup: ChannelsSetup;
  readonly relay: Relay;
  /** Open, paid into by Alice. */
  readonly channel: Channel;
  /** Not open yet. */
  readonly other: Channel;
  /** In which the ticket was issued; it is over. */
  readonly epoch: number;
}

/** Bob's relay has earnings, and a channel of Alice's that owes it one winning ticket. */
async function deploy(): Promise<Stage> {
  const setup = await deployChannels(connection);
  const { channels, token } = setup;
  const relay = await joinRelay(connection, setup, "relay", bob, carol, recipient);
  const channel = accountChannel(alice, relay, ticketSigner("alice"));
  await openChannel(setup, alice, channel, 1_000_000n);
  await channels.connect(alice).setOperator(operator ?? "", true);
  await channels.connect(bob).setAgentAllowance(relay.id, 10n);
  await token.approve(channels, 1_000n);
  await channels.addEarnings(relay.id, 1_000n);
  const closing = accountChannel(alice, relay, ticketSigner("closed before"));
  await openChannel(setup, alice, closing, 50n);
  await channels.connect(bob).closeAsRelay(closing.parties);
  await goTo(connection, setup.clock, 5);
  return {
    setup,
    relay,
    channel,
    other: accountChannel(alice, relay, ticketSigner("other")),
    epoch: 4,
  };
}

interface Guarded {
  readonly name: string;
  readonly allowed: readonly Caller[];
  readonly error: string;
  readonly prepare?: (stage: Stage) => Promise<unknown>;
  readonly call: (stage: Stage, by: Signer) => Promise<ContractTransactionResponse>;
}

const PAYER = { allowed: ["payer", "operator"], error: "PaymentChannels_NotPayer" } as const;
const OWNER = { allowed: ["owner"], error: "PaymentChannels_NotOwner" } as const;
const RELAY = { allowed: ["owner", "agent"], error: "PaymentChannels_NotOwnerOrAgent" } as const;

const functions: readonly Guarded[] = [
  {
    name: "open",
    ...PAYER,
    call: ({ setup: { channels }, other }, by) => channels.connect(by).open(other.parties, 0n),
  },
  {
    name: "initiateClose",
    ...PAYER,
    call: ({ setup: { channels }, channel }, by) =>
      channels.connect(by).initiateClose(channel.parties),
  },
  {
    name: "finaliseClose",
    ...PAYER,
    prepare: async ({ setup: { channels, clock }, channel }) => {
      await channels.connect(alice).initiateClose(channel.parties);
      await goTo(connection, clock, 40);
    },
    call: ({ setup: { channels }, channel }, by) =>
      channels.connect(by).finaliseClose(channel.parties),
  },
  {
    // Everybody may, with what came back to them: nothing but for the payer.
    name: "withdrawRefund",
    allowed: ["payer"],
    error: "PaymentChannels_AboveBalance",
    call: ({ setup: { channels } }, by) => channels.connect(by).withdrawRefund(by, 50n),
  },
  {
    name: "fundFromEarnings",
    ...RELAY,
    call: ({ setup: { channels }, relay, channel }, by) =>
      channels.connect(by).fundFromEarnings(relay.id, channel.id, 10n),
  },
  {
    name: "closeAsRelay",
    ...RELAY,
    call: ({ setup: { channels }, channel }, by) =>
      channels.connect(by).closeAsRelay(channel.parties),
  },
  {
    name: "redeem",
    ...RELAY,
    call: ({ setup, relay, channel, epoch }, by) => {
      const { y } = ticketVrf(setup, relay, epoch);
      const ticket = makeTicket(setup, channel, y, { epoch, index: 1 });
      const batch = redemption(setup, relay, epoch, [group(channel, ticket)]);
      return setup.channels.connect(by).redeem(...batch);
    },
  },
  {
    name: "withdraw",
    ...OWNER,
    call: ({ setup: { channels }, relay }, by) => channels.connect(by).withdraw(relay.id, 1n),
  },
  {
    name: "setAgentAllowance",
    ...OWNER,
    call: ({ setup: { channels }, relay }, by) =>
      channels.connect(by).setAgentAllowance(relay.id, 11n),
  },
];

/** What these do, they do with the caller's own money and name. */
const openToAll = ["addEarnings", "burnOwed", "fund", "fundWithPermit", "multicall", "setOperator"];

describe("PaymentChannels: callers (threat 30)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  for (const { name, allowed, error, prepare, call } of functions)
    for (const [caller, signer] of Object.entries(callers) as [Caller, Signer][])
      it(`threat 30: ${name} by ${caller} is ${allowed.includes(caller) ? "done" : "refused"}`, async () => {
        const stage = await fixture();
        await prepare?.(stage);
        const doing = call(stage, signer);

        if (allowed.includes(caller)) await doing;
        else await expect(doing).to.be.revertedWithCustomError(stage.setup.channels, error);
      });

  it("threat 30: every function that changes something is in this matrix, or open to all", async () => {
    const { setup } = await fixture();
    const changing: string[] = [];
    setup.channels.interface.forEachFunction(({ name, constant }) => {
      if (!constant) changing.push(name);
    });

    expect(changing.sort()).to.deep.equal(
      [...functions.map(({ name }) => name), ...openToAll].sort(),
    );
  });

  it("threat 30: what is open to all takes the caller's own tokens, and nobody else's", async () => {
    const { setup, relay, channel } = await fixture();
    const { channels, token } = setup;
    await provide(setup, alice, 100n);
    for (const doing of [
      channels.connect(stranger).fund(channel.id, 100n),
      channels.connect(stranger).addEarnings(relay.id, 100n),
    ])
      await expect(doing).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    expect(await token.balanceOf(alice)).to.equal(100n);
  });
});
