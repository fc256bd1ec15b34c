import { WaybillError } from "../../../core/errors.ts";
import type { LotteryParams } from "../../../ports/network.ts";
import type { Node } from "../../node.ts";

/** @throws WaybillError LOTTERY_NONE */
export function requireLottery({ view }: Node): LotteryParams {
  const { lottery } = view.params;
  if (lottery === undefined) throw new WaybillError("LOTTERY_NONE");
  return lottery;
}
