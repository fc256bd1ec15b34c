/** `waybill watch`. */
import { Command } from "commander";

import { transactionSigner } from "../../adapters/ethers/signer.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";
import { millis } from "../../core/units.ts";
import { repeat } from "../../settlement/repeat.ts";
import { oldBackupPassphrase } from "../backup/passphrase.ts";
import { readWatchExport } from "../backup/restore.ts";
import { processLifetime } from "../lifetime.ts";
import { withNode } from "../node.ts";
import { createOutput } from "../output.ts";
import { addChainOptions, addFolderOptions, type CommonOptions } from "../settings.ts";
import { Watch, whenChanged } from "../watch-service.ts";

interface WatchOptions extends CommonOptions {
  readonly export: string;
}

const LONGEST_PAUSE = millis(30_000);

export function watchCommand(): Command {
  return addChainOptions(
    addFolderOptions(
      new Command("watch").description(
        "on another machine: redeem for a relay from channels that are closing, out of an export that it made",
      ),
    ),
  )
    .requiredOption(
      "--export <file>",
      "what `backup export --watch-only` or the relay's own backups wrote; read again whenever it changes",
    )
    .addHelpText(
      "after",
      "\nWhat it redeems it redeems whatever the gas costs: the relay's --least-payout and --token-price do not " +
        "count here.\n" +
        "\nThe passphrase comes from WAYBILL_BACKUP_PASSPHRASE or its _FILE twin, or is asked for.\n" +
        "\nExample:\n  waybill watch --export ./waybill.watch --data ./watch-data",
    )
    .action(async (options: WatchOptions) => {
      const lifetime = processLifetime();
      const output = createOutput(options.json);
      const passphrase = await oldBackupPassphrase(options.export);
      const read = () => readWatchExport(options.export, () => Promise.resolve(passphrase));
      const first = await read();
      const { relay } = first.watch;
      try {
        await withNode(
          options,
          "watch",
          async (node) => {
            const { channels, chainId } = first.header.deployment;
            const { params } = node.view;
            if (params.channels !== channels || params.chainId !== chainId)
              throw new WaybillError("NETWORK_OTHER", { got: channels, allowed: params.channels });
            const signer = transactionSigner(first.watch.agentKey);
            const watch = new Watch(node, node.outbox(signer), first.watch);
            const refresh = whenChanged(options.export, async () => {
              const { header, watch: newer } = await read();
              if (newer.relay !== relay)
                throw new WaybillError("BACKUP_OTHER_KIND", { got: newer.relay, allowed: relay });
              await watch.take(newer);
              const status = await watch.status();
              output.event("watching", `${status.held} winners of ${relay} are held`, {
                ...{ relay, exportedAt: header.createdAt, ...status },
              });
            });
            const { clock, interval } = node;
            const loop = (what: string, task: () => Promise<void>) =>
              repeat(
                {
                  clock,
                  log: node.log.child("watch"),
                  what,
                  interval,
                  longestPause: LONGEST_PAUSE,
                },
                task,
              );
            const loops = [
              loop("reading the export", refresh),
              loop("redeeming from closing channels", () => watch.step()),
            ];
            try {
              await lifetime.ended;
            } finally {
              await Promise.all(loops.map((one) => one.stop()));
              output.event("stopped", "stopped", { ...(await watch.status()) });
            }
          },
          { lifetime, redeemer: first.watch.vrfKey },
        );
      } catch (error) {
        if (!hasCode(error, "RUN_STOPPED")) throw error;
      }
    });
}
