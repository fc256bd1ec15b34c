/** libp2p's own log names peers and moments: here it stays silent, whatever the environment asks for. */
import type { ComponentLogger, Logger } from "@libp2p/interface";

const nothing = (): void => undefined;

const logger: Logger = Object.assign(nothing, {
  error: nothing,
  trace: nothing,
  enabled: false,
  newScope: () => logger,
});

export const silentLogger: ComponentLogger = { forComponent: () => logger };
