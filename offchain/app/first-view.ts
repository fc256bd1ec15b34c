import { WaybillError } from "../core/errors.ts";
import { millis, type Millis } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { IndexedView } from "../settlement/view.ts";
import { unlessOver } from "./wait.ts";

const LOOK = millis(1_000);

/**
 * Waits until the view shows the chain. A first reading may take long: `patience`, where there is any, is for a chain
 * of which nothing more comes.
 * @throws WaybillError CHAIN_UNREACHABLE, and the reason of `over`
 */
export async function firstView(
  view: Pick<IndexedView, "head" | "sureBlock" | "onChange">,
  clock: Clock,
  over: AbortSignal,
  patience: Millis | undefined,
): Promise<void> {
  let sure = view.sureBlock;
  let since = clock.monotonic();
  while (view.head === undefined) {
    await unlessOver(over, (resolve) => {
      const ends = [view.onChange(once), clock.after(LOOK, once)];
      function end(): void {
        for (const one of ends) one();
      }
      function once(): void {
        end();
        resolve();
      }
      return end;
    });
    if (view.sureBlock !== sure) [sure, since] = [view.sureBlock, clock.monotonic()];
    else if (patience !== undefined && clock.monotonic() - since > patience)
      throw new WaybillError("CHAIN_UNREACHABLE", { got: `nothing for ${patience / 1_000} s` });
  }
}
