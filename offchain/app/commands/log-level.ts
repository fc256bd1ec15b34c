import { Command, Option } from "commander";

import { LOG_LEVELS, type LogLevel } from "../../ports/log.ts";
import { WaybillError } from "../../core/errors.ts";
import { answerOf, clientOf } from "../api/client.ts";
import { createOutput } from "../output.ts";
import { addNodeOptions, type NodeOptions } from "../settings.ts";

interface LogLevelOptions extends NodeOptions {
  readonly subsystem: string;
  readonly set?: LogLevel;
}

/** `waybill log-level`. */
export function logLevelCommand(): Command {
  return addNodeOptions(
    new Command("log-level").description(
      "how much each part of the running agent logs; with --set, changes it until the agent ends",
    ),
  )
    .addOption(new Option("--set <level>", "the new level").choices(LOG_LEVELS))
    .option(
      "--subsystem <name>",
      "which part; all that have no level of their own unless given",
      "",
    )
    .addHelpText(
      "after",
      "\nExample:\n  waybill log-level --data ./relay --subsystem outbox --set debug",
    )
    .action(async ({ data, json, subsystem, set }: LogLevelOptions) => {
      const client = await clientOf(data);
      if (client === undefined) throw new WaybillError("API_UNREACHABLE");
      const { levels } = await answerOf(
        set === undefined
          ? client.GET("/v1/log-levels")
          : client.PUT("/v1/log-levels", { body: { subsystem, level: set } }),
      );
      const text = levels.map(
        (one) => `${one.level.padEnd(6)}${one.subsystem || "everything else"}`,
      );
      createOutput(json).event("log-levels", text.join("\n"), { levels });
    });
}
