import { Command } from "commander";

import { createOutput } from "../../output.ts";
import { readReliability, reliabilityLines } from "../../report/reliability.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";

/** `waybill lottery reliability`. */
export function reliabilityCommand(): Command {
  return addCommonOptions(
    new Command("reliability").description(
      "how much comes through into each layer and each relay, as far as this relay's own loops tell",
    ),
  )
    .addHelpText("after", "\nExample:\n  waybill lottery reliability --data ./relay")
    .action(async (options: CommonOptions) => {
      const reliability = await readReliability(options);
      const text = reliabilityLines(reliability).join("\n");
      createOutput(options.json).event("reliability", text, { ...reliability });
    });
}
