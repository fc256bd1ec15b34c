// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelId.sol";
import {RelayId} from "../types/RelayId.sol";
import {IPaymentChannels} from "./IPaymentChannels.sol";
import {IRelayRegistry} from "./IRelayRegistry.sol";
import {IRewardSource} from "./IRewardSource.sol";

/// @title ICoverLottery
/// @notice Pays relays for cover packets that a beacon draws after the fact (protocol section 10).
/// @dev Every relay commits to the packets that it took in an epoch, then the beacon of a later epoch
/// draws packets that relays had to send through others, and whoever shows that such a packet lies in the
/// commitments of all three relays on its way earns the sender and the three a fixed sum each.
///
/// Nobody owns this contract and no parameter of it changes. What a relay has won stays here as a claim on
/// the source of rewards until it is moved on.
///
/// Trust: the registry is trusted for who is active, which keys they have, and in which order; its beacon for
/// values that nobody chose; the source for holding what it says that it reserved; the channels to credit
/// what they are given. A sender and three relays in agreement can be paid for a packet that never travelled.
interface ICoverLottery {
    /// @param registry Where relays, the beacon and the clock are.
    /// @param channels Where relays' earnings are.
    /// @param rewards What claims are paid from.
    /// @param slots J: cover packets that a relay may send per epoch, 1 to 65,535.
    /// @param draws W_d: slots drawn per epoch at most, 1 to 224.
    /// @param claimWindow W_c: epoch e is claimed in the epochs e+2 … e+1+W_c.
    /// @param routeSpan Q: seconds that a packet may take through all three layers; slots end this long before
    /// their epoch.
    /// @param timeTolerance Seconds that clocks may differ by.
    /// @param senderReward What the sender of a drawn packet gets.
    /// @param hopReward What each of its three relays gets.
    /// @param missesAllowed Commitments that a relay may miss in an era without being jailed.
    struct Parameters {
        IRelayRegistry registry;
        IPaymentChannels channels;
        IRewardSource rewards;
        uint32 slots;
        uint32 draws;
        uint32 claimWindow;
        uint32 routeSpan;
        uint32 timeTolerance;
        uint128 senderReward;
        uint128 hopReward;
        uint32 missesAllowed;
    }

    /// @notice `root` is whole here; storage keeps its first 28 bytes.
    event Committed(RelayId indexed relay, uint32 indexed epoch, bytes32 root);
    event Claimed(RelayId indexed sender, uint32 indexed epoch, uint32 draw, RelayId[3] hops);
    /// @notice Rewards became earnings in the channels contract; fewer if the token takes a fee.
    event RewardsCollected(RelayId indexed relay, uint256 amount);
    /// @notice Rewards went into a channel; fewer if the token takes a fee.
    event RewardsMoved(RelayId indexed relay, ChannelId indexed channel, uint256 amount);
    event MissesReported(RelayId indexed relay, uint32 indexed era, uint256 misses);

    // ---- Deployment ----

    error CoverLottery_NoContract(address got);
    /// @notice The channels contract belongs to another registry.
    error CoverLottery_OtherRegistry(address got, address needed);
    /// @notice The source pays in another token than the channels contract, or the registry, takes.
    error CoverLottery_OtherToken(address got, address needed);
    error CoverLottery_SlotsOutOfRange(uint256 got, uint256 least, uint256 most);
    error CoverLottery_DrawsOutOfRange(uint256 got, uint256 least, uint256 most);
    error CoverLottery_ClaimWindowOutOfRange(uint256 got, uint256 least, uint256 most);
    /// @notice Nearly every route must fit, and the span must fit the epoch.
    error CoverLottery_RouteSpanOutOfRange(uint256 got, uint256 least, uint256 most);
    error CoverLottery_ToleranceOutOfRange(uint256 got, uint256 least, uint256 most);
    error CoverLottery_RewardZero(uint128 senderReward, uint128 hopReward);
    error CoverLottery_MissesOutOfRange(uint256 got, uint256 least, uint256 most);

    // ---- Commitments ----

    error CoverLottery_NotOwner(address got, address owner);
    error CoverLottery_NotOwnerOrAgent(address got, RelayId relay);
    /// @notice Nothing ever needs the commitment of epoch 0, which has no seed.
    error CoverLottery_FirstEpoch();
    /// @notice Epoch e is committed to while e+1 runs, neither earlier nor later.
    error CoverLottery_NotCommittable(uint32 epoch, uint32 current);
    error CoverLottery_AlreadyCommitted(RelayId relay, uint32 epoch);
    /// @notice The first 28 bytes of a root are never all zero: that stands for no commitment.
    error CoverLottery_RootZero(bytes32 root);

    // ---- Claims ----

    error CoverLottery_ClaimTooEarly(uint32 epoch, uint32 current);
    error CoverLottery_ClaimTooLate(uint32 epoch, uint32 oldest);
    /// @notice The beacon that draws of `epoch` is not there yet, or never came.
    error CoverLottery_NothingDrawn(uint32 epoch);
    /// @notice The beacon that fixes cover of `epoch` never came.
    error CoverLottery_NoSeed(uint32 epoch);
    error CoverLottery_TooFewRelays(uint256 got, uint256 least);
    error CoverLottery_NoSuchDraw(uint256 got, uint256 limit);
    error CoverLottery_AlreadyClaimed(uint32 epoch, uint32 draw);
    /// @notice The VRF key is not that of the relay that was drawn.
    error CoverLottery_WrongVrfKey(bytes32 got, bytes32 registered);
    /// @notice The slot has no session key: its hash is a multiple of the group's order.
    error CoverLottery_VoidSlot();
    /// @notice `hop` has no commitment for the epoch.
    error CoverLottery_NotCommitted(uint256 hop, RelayId relay);
    /// @notice The packet's tag at this time is not in what `hop` committed to.
    error CoverLottery_NotInTree(uint256 hop, bytes28 got, bytes28 committed);
    /// @notice No packet of this slot can have come to `hop` at this time.
    error CoverLottery_WrongTime(uint256 hop, uint256 time, uint256 least, uint256 most);

    // ---- Rewards ----

    error CoverLottery_NothingToCollect(RelayId relay);
    error CoverLottery_AboveRewards(uint256 got, uint256 rewards);

    // ---- Misses ----

    error CoverLottery_TooFewMisses(uint256 got, uint256 needed);
    /// @notice Epochs are given ascending, each once.
    error CoverLottery_NotAscending(uint32 got, uint32 previous);
    error CoverLottery_OtherEra(uint32 epoch, uint32 era);
    /// @notice Part of the epoch ran before this contract was there.
    error CoverLottery_BeforeLottery(uint32 epoch, uint32 first);
    /// @notice The epoch can still be committed to.
    error CoverLottery_NotMissedYet(uint32 epoch, uint32 current);
    /// @notice So long ago that a commitment may have been overwritten since.
    error CoverLottery_TooLongAgo(uint32 epoch, uint32 oldest);
    /// @notice The relay did commit.
    error CoverLottery_NotMissed(RelayId relay, uint32 epoch);
    error CoverLottery_NotActive(RelayId relay, uint32 era);
    error CoverLottery_AlreadyBlamed(RelayId relay, uint32 era);

    // ---- What a relay does ----

    /// @notice Commits to the packets that `relay` took in `epoch`: the root of their replay tree. Its owner
    /// or agent, while the next epoch runs, once.
    function commit(RelayId relay, uint32 epoch, bytes32 root) external;

    /// @notice Shows that a drawn packet crossed its route, and credits sender and relays. Anyone may.
    /// @param draw Which of the epoch's draws, from 0.
    /// @param claim What shows it, packed as `CoverClaims` reads it.
    /// @dev Anything wrong reverts, and the claim can come again. Tokens are reserved, none moves.
    function claim(uint32 epoch, uint32 draw, bytes calldata claim) external;

    /// @notice Moves all that a relay has won to its earnings in the channels contract. Anyone may.
    function collect(RelayId relay) external;

    /// @notice Moves `amount` of what a relay has won into an open channel, whichever. The relay's owner only.
    function collectIntoChannel(RelayId relay, ChannelId channel, uint256 amount) external;

    // ---- What anyone does ----

    /// @notice Has a relay jailed that missed the commitments of all these epochs, more than allowed. Anyone
    /// may; an era counts once.
    /// @param epochs Ascending, all of one era in which the relay was active, all with a seed, and recent
    /// enough for the contract to know.
    function reportMisses(RelayId relay, uint32[] calldata epochs) external;

    // ---- Parameters ----

    function parameters() external view returns (Parameters memory);

    /// @return Epochs for which commitments are kept: epoch e is overwritten by epoch e + this many.
    function ringLength() external view returns (uint32);

    /// @return The first epoch that began after this contract was there; earlier ones blame nobody.
    function firstEpoch() external view returns (uint32);

    // ---- State ----

    /// @return First 28 bytes of the root that `relay` committed to; zero when it did not, or when that was too
    /// long ago.
    function commitmentAt(RelayId relay, uint32 epoch) external view returns (bytes28);

    /// @return False also for draws of epochs so long ago that they cannot be claimed any more.
    function isClaimed(uint32 epoch, uint32 draw) external view returns (bool);

    /// @notice What a draw of `epoch` fell on. Reverts while nothing is drawn, and for a draw beyond the last.
    /// @return sender The relay that had to send the packet.
    /// @return slot Which of its packets.
    function drawnPair(
        uint32 epoch,
        uint32 draw
    ) external view returns (RelayId sender, uint256 slot);

    /// @return "waybill cover" ‖ chainid ‖ this contract ‖ relay ‖ epoch ‖ slot ‖ seed: what the relay's VRF is
    /// asked for a slot. Reverts when the epoch has no seed.
    function coverVrfInput(
        RelayId relay,
        uint32 epoch,
        uint32 slot
    ) external view returns (bytes memory);

    /// @return What a relay has won and nobody has moved yet.
    function rewardsOf(RelayId relay) external view returns (uint256);

    /// @return What all relays together have won and nobody has moved yet.
    function totalRewards() external view returns (uint256);
}
