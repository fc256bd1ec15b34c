import { Command } from "commander";

import { bytesToHex } from "../../../core/bytes.ts";
import { SALT_BYTES, waitingSalt } from "../../../settlement/key-rotation.ts";
import { eventOf } from "../../../settlement/perform.ts";
import { rotateStep } from "../../../settlement/relay-steps.ts";
import { loadIdentity } from "../../identity.ts";
import { atHand, Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { withNode } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { requireRelay } from "../../relay/registered.ts";

/** `waybill relay rotate-key`. The key's salt belongs into the running relay's database, which must not be in use. */
export function rotateKeyCommand(): Command {
  return addMoneyOptions(
    new Command("rotate-key").description(
      "schedule a new packet key now, while the relay is stopped; `run` does it by itself from time to time",
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay rotate-key --data ./relay",
    )
    .action(async (options: MoneyOptions) => {
      const identity = await loadIdentity(options);
      const keyOf = (salt: Uint8Array) => identity.backend.publicKey(identity.keys.packet(salt));
      await withNode(options, "visit", async (node) => {
        const sender = atHand(identity.signer);
        const desk = await Desk.open(node, createOutput(options.json), options, sender);
        const { id, packetKeys } = requireRelay(node, identity);
        const { salts } = node.store;
        const salt = (await waitingSalt(salts, packetKeys, keyOf)) ?? node.random.bytes(SALT_BYTES);
        // On disk before anyone can register the key.
        if (desk.mode !== "dry-run") await salts.add(salt);
        const key = keyOf(salt);
        await desk.carryOut(
          [
            {
              steps: [rotateStep(desk.maker, id, key)],
              done: ([receipt]) => {
                if (receipt === undefined) return;
                const { effectiveFrom } = eventOf(receipt, "packet-key-changed");
                desk.output.event(
                  "key-scheduled",
                  `packets are encrypted to the new key from epoch ${effectiveFrom} on`,
                  { relay: id, packetKey: bytesToHex(key), effectiveFrom },
                );
              },
            },
          ],
          [],
        );
      });
    });
}
