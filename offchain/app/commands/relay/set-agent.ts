import { Command, Option } from "commander";

import type { Address } from "../../../core/units.ts";
import { agentStep } from "../../../settlement/relay-steps.ts";
import { accountAddress, addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { addRelayOption, asOwner, EXAMPLE_ACCOUNT, type RelayOption } from "../../relay/owned.ts";

interface SetAgentOptions extends MoneyOptions, RelayOption {
  readonly agent: Address;
}

/** `waybill relay set-agent`. */
export function setAgentCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("set-agent").description(
        "name another account as the relay's agent, at once: the one before can do nothing for the relay any more, " +
          "and a node runs the relay only while its own account is the agent",
      ),
    ),
  )
    .addOption(
      new Option(
        "--agent <address>",
        "the account: a node's own, as `waybill keys` shows it, or the owner's, so that nobody else acts",
      )
        .makeOptionMandatory()
        .argParser(accountAddress("--agent")),
    )
    .addHelpText(
      "after",
      `\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay set-agent --agent ${EXAMPLE_ACCOUNT}`,
    )
    .action(async (options: SetAgentOptions) => {
      const { agent } = options;
      await asOwner(options, async (desk, relay) => {
        const already = agent === relay.agent;
        const steps = already ? [] : [agentStep(desk.maker, relay, agent)];
        const done = (): void => {
          desk.output.event(
            "agent-set",
            already
              ? `${agent} is the agent of relay ${relay.id} already`
              : `${agent} is the agent of relay ${relay.id} now, and ${relay.agent} can do nothing for it any more. ` +
                  "Next: start the node that has the relay's VRF key, if this is its account (`waybill keys` shows " +
                  "both). If no node has both, nothing redeems, claims or commits for the relay any more: run " +
                  "`waybill relay leave`, and join anew with a new secret",
            { relay: relay.id, agent, before: already ? null : relay.agent, already },
          );
        };
        await desk.carryOut([{ steps, done }], []);
      });
    });
}
