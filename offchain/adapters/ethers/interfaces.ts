/** The contracts' ABIs as typechain's factories hold them, so that names and arguments are checked by types. */
import {
  BlockhashBeacon__factory,
  DrandBeacon__factory,
  ICoverLottery__factory,
  IPooledRewards__factory,
  PaymentChannels__factory,
  Rehearsal__factory,
  RelayRegistry__factory,
  WaybillToken__factory,
} from "#contracts";

export const registryInterface = RelayRegistry__factory.createInterface();
export const channelsInterface = PaymentChannels__factory.createInterface();
export const beaconInterface = BlockhashBeacon__factory.createInterface();
export const drandBeaconInterface = DrandBeacon__factory.createInterface();
export const tokenInterface = WaybillToken__factory.createInterface();
export const lotteryInterface = ICoverLottery__factory.createInterface();
/** Has all that a source which mints has, too, but for what only a deployer calls. */
export const rewardsInterface = IPooledRewards__factory.createInterface();
export const rehearsalInterface = Rehearsal__factory.createInterface();
export const rehearsalBytecode = Rehearsal__factory.bytecode;

export const contractInterfaces = [
  registryInterface,
  channelsInterface,
  beaconInterface,
  drandBeaconInterface,
  tokenInterface,
  lotteryInterface,
  rewardsInterface,
] as const;
