/** The contracts' ABIs as typechain's factories hold them, so that names and arguments are checked by types. */
import {
  BlockhashBeacon__factory,
  DrandBeacon__factory,
  PaymentChannels__factory,
  RelayRegistry__factory,
  WaybillToken__factory,
} from "#contracts";

export const registryInterface = RelayRegistry__factory.createInterface();
export const channelsInterface = PaymentChannels__factory.createInterface();
export const beaconInterface = BlockhashBeacon__factory.createInterface();
export const drandBeaconInterface = DrandBeacon__factory.createInterface();
export const tokenInterface = WaybillToken__factory.createInterface();

export const contractInterfaces = [
  registryInterface,
  channelsInterface,
  beaconInterface,
  drandBeaconInterface,
  tokenInterface,
] as const;
