import { Command, Option } from "commander";

import { address, amount } from "../../../core/units.ts";
import { possessionAlpha } from "../../../core/vrf/alpha.ts";
import { joinAsRelay } from "../../../settlement/relay-life.ts";
import { loadIdentity, loadOwner, proveOnChain } from "../../identity.ts";
import { withNode } from "../../node.ts";
import { createOutput, formatAmount } from "../../output.ts";
import { findRelay } from "../../relay/registered.ts";
import { addCommonOptions, tokenAmount, type CommonOptions } from "../../settings.ts";
import { actionsOf, requireTokens } from "../../transactions.ts";

interface JoinOptions extends CommonOptions {
  readonly announce?: string;
  readonly recipient?: string;
  readonly allowance: bigint;
}

/** `waybill relay join`. */
export function joinCommand(): Command {
  return addCommonOptions(
    new Command("join").description(
      "bond a relay: the owner's account pays the bond, this node's secret gives the keys",
    ),
  )
    .option("--announce <multiaddr>", "where the relay is dialled; `run` keeps it up to date")
    .option("--recipient <address>", "account that earnings are paid to; the owner unless given")
    .addOption(
      new Option(
        "--allowance <tokens>",
        "what the agent may move from earnings into channels per epoch",
      )
        .default(0n, "0")
        .argParser(tokenAmount("--allowance")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay join",
    )
    .action(async (options: JoinOptions) => {
      const identity = await loadIdentity(options);
      const owner = await loadOwner();
      const output = createOutput(options.json);
      await withNode(options, "commands", async (node) => {
        const known = findRelay(node, identity);
        if (known !== undefined) {
          output.event("joined", `relay ${known.id} is registered already`, {
            relay: known.id,
            already: true,
          });
          return;
        }
        const bond = await node.chain.reads.bond();
        await requireTokens(node, owner.address, bond);
        const relay = await joinAsRelay(actionsOf(node, owner), {
          agent: identity.account,
          recipient: options.recipient === undefined ? owner.address : address(options.recipient),
          vrfKey: identity.vrfPublicKey,
          packetKey: identity.packetPublicKey,
          multiaddr: options.announce ?? `/p2p/${identity.peer}`,
          prove: (id) => proveOnChain(identity, possessionAlpha(id)),
          agentAllowance: amount(options.allowance),
        });
        output.event(
          "joined",
          `relay ${relay} joined with a bond of ${formatAmount(bond)} tokens; its agent account is ${identity.account}`,
          { relay, agent: identity.account, bond, already: false },
        );
      });
    });
}
