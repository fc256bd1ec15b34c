import { Command } from "commander";

import { bytesToHex } from "../../core/bytes.ts";
import { loadIdentity } from "../identity.ts";
import { createOutput } from "../output.ts";
import { addNodeOptions, type NodeOptions } from "../settings.ts";

/** `waybill keys`: the public side of everything that derives from this node's secret. */
export function keysCommand(): Command {
  return addNodeOptions(
    new Command("keys").description(
      "show this node's accounts and public keys; no secret is printed",
    ),
  )
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill keys")
    .action(async (options: NodeOptions) => {
      const identity = await loadIdentity(options);
      const fields = {
        account: identity.account,
        ticketSigner: identity.ticketSigner,
        peer: identity.peer,
        node: identity.node,
        vrfKey: bytesToHex(identity.vrfPublicKey),
        packetKey: bytesToHex(identity.packetPublicKey),
      };
      createOutput(options.json).event(
        "keys",
        Object.entries(fields)
          .map(([name, value]) => `${name.padEnd(13)} ${value}`)
          .join("\n"),
        fields,
      );
    });
}
