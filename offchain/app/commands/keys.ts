import { existsSync } from "node:fs";

import { Command } from "commander";

import { decryptKeystore, encryptKeystore } from "../../adapters/secrets/keystore.ts";
import { readPrivateFile, writePrivateFile } from "../../adapters/secrets/private-file.ts";
import { bytesToHex } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import { requireFinished } from "../backup/placing.ts";
import type { Environment } from "../config/layers.ts";
import { loadIdentity } from "../identity.ts";
import { keystorePath } from "../master-secret.ts";
import { createOutput } from "../output.ts";
import { newPassphrase, readPassphrase } from "../passphrase.ts";
import { addNodeOptions, type NodeOptions } from "../settings.ts";

/** `waybill keys`: the public side of everything that derives from this node's secret. */
export function keysCommand(environment: Environment): Command {
  return addNodeOptions(
    new Command("keys").description(
      "show this node's accounts and public keys; no secret is printed",
    ),
  )
    .enablePositionalOptions()
    .addCommand(changePassphraseCommand(environment))
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

function changePassphraseCommand(environment: Environment): Command {
  return addNodeOptions(
    new Command("change-passphrase").description(
      "encrypt the keystore with another passphrase; copies of it keep the one they have",
    ),
  )
    .addHelpText(
      "after",
      "\nThe old passphrase comes from WAYBILL_PASSPHRASE, the new one from WAYBILL_NEW_PASSPHRASE, or from the " +
        "private files that\nWAYBILL_PASSPHRASE_FILE and WAYBILL_NEW_PASSPHRASE_FILE name; or they are asked for.\n" +
        "\nExample:\n  waybill keys change-passphrase --data ./relay",
    )
    .action(async (options: NodeOptions) => {
      requireFinished(options.data);
      const path = keystorePath(options);
      if (!existsSync(path))
        throw new WaybillError("SECRET_FILE_UNREADABLE", { what: path, got: "no such file" });
      const old = await readPassphrase("WAYBILL_PASSPHRASE", `Passphrase of ${path}`, environment);
      const secret = await decryptKeystore(readPrivateFile(path), old, path);
      const chosen = await newPassphrase("WAYBILL_NEW_PASSPHRASE", "New passphrase", environment);
      writePrivateFile(path, await encryptKeystore(secret, chosen), "replace");
      createOutput(options.json).event("changed", `${path} has another passphrase now`, { path });
    });
}
